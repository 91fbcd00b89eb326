"""Redis' commands over data in memory. A reply is None (nil), an int, a str (a status), bytes (a value), or a list of them."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable
from typing import Any

Reply = Any
MOST_BYTES = 64 * 2**20
"""Of all keys and values together."""
_WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


class RedisError(Exception):
    """An error reply, with its code first."""


class RedisData:
    """The keys of one database. Values are bytes, lists, sets and dicts of bytes; a sorted set is a dict of floats."""

    def __init__(self) -> None:
        self.values: dict[bytes, Any] = {}
        self.ends: dict[bytes, float] = {}
        """When keys end (seconds since 1970)."""
        self.size = 0
        self.changes = 0
        self._commands: dict[str, Callable[..., Reply]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def run(self, words: list[bytes]) -> Reply:
        """Raises RedisError."""
        name = words[0].decode("utf-8", "replace").lower()
        call = self._commands.get(name)
        if call is None:
            shown = " ".join(f"'{word.decode('utf-8', 'replace')}'" for word in words[1:4])
            raise RedisError(
                f"ERR unknown command '{words[0].decode('utf-8', 'replace')}', with args beginning with: {shown} "
            )
        self._forget_ended()
        if self.size + sum(map(len, words)) > MOST_BYTES:
            raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")
        try:
            return call(*words[1:])
        except TypeError as error:
            if "positional argument" not in str(error):
                raise
            raise RedisError(f"ERR wrong number of arguments for '{name}' command") from None

    def _forget_ended(self) -> None:
        now = time.time()
        for key in [key for key, end in self.ends.items() if end <= now]:
            self.ends.pop(key, None)
            self.values.pop(key, None)

    def _of(self, key: bytes, kind: type, *, make: bool = False) -> Any:
        found = self.values.get(key)
        if found is None:
            found = kind()
            if make:
                self.values[key] = found
        if not isinstance(found, kind):
            raise RedisError(_WRONG_TYPE)
        return found

    def _changed(self, *added: bytes) -> None:
        self.changes += 1
        self.size += sum(map(len, added))

    def _drop_empty(self, key: bytes) -> None:
        if not self.values.get(key):
            self.values.pop(key, None)

    def do_ping(self, *words: bytes) -> Reply:
        return words[0] if words else "PONG"

    def do_echo(self, word: bytes) -> Reply:
        return word

    def do_set(self, key: bytes, value: bytes, *options: bytes) -> Reply:
        words = [option.upper() for option in options]
        if (b"NX" in words and key in self.values) or (b"XX" in words and key not in self.values):
            return None
        self.values[key] = value
        if b"KEEPTTL" not in words:
            self.ends.pop(key, None)
        for mark, factor in ((b"EX", 1.0), (b"PX", 0.001)):
            if mark in words:
                self.ends[key] = time.time() + _int(options[words.index(mark) + 1]) * factor
        self._changed(key, value)
        return "OK"

    def do_setnx(self, key: bytes, value: bytes) -> Reply:
        return 0 if key in self.values else int(self.do_set(key, value) == "OK")

    def do_setex(self, key: bytes, seconds: bytes, value: bytes) -> Reply:
        return self.do_set(key, value, b"EX", seconds)

    def do_get(self, key: bytes) -> Reply:
        return self._of(key, bytes) if key in self.values else None

    def do_getset(self, key: bytes, value: bytes) -> Reply:
        before = self.do_get(key)
        self.do_set(key, value)
        return before

    def do_mset(self, *pairs: bytes) -> Reply:
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            self.do_set(key, value)
        return "OK"

    def do_mget(self, *keys: bytes) -> Reply:
        return [self.do_get(key) for key in keys]

    def do_append(self, key: bytes, value: bytes) -> Reply:
        self.values[key] = self._of(key, bytes) + value
        self._changed(value)
        return len(self.values[key])

    def do_strlen(self, key: bytes) -> Reply:
        return len(self._of(key, bytes))

    def do_incrby(self, key: bytes, amount: bytes) -> Reply:
        number = _int(self._of(key, bytes) or b"0") + _int(amount)
        self.values[key] = str(number).encode()
        self._changed()
        return number

    def do_incr(self, key: bytes) -> Reply:
        return self.do_incrby(key, b"1")

    def do_decr(self, key: bytes) -> Reply:
        return self.do_incrby(key, b"-1")

    def do_decrby(self, key: bytes, amount: bytes) -> Reply:
        return self.do_incrby(key, str(-_int(amount)).encode())

    def do_del(self, *keys: bytes) -> Reply:
        found = [key for key in dict.fromkeys(keys) if self.values.pop(key, None) is not None]
        for key in found:
            self.ends.pop(key, None)
        self._changed()
        return len(found)

    do_unlink = do_del

    def do_exists(self, *keys: bytes) -> Reply:
        return sum(key in self.values for key in keys)

    def do_expire(self, key: bytes, seconds: bytes) -> Reply:
        if key not in self.values:
            return 0
        self.ends[key] = time.time() + _int(seconds)
        return 1

    def do_ttl(self, key: bytes) -> Reply:
        if key not in self.values:
            return -2
        return round(self.ends[key] - time.time()) if key in self.ends else -1

    def do_persist(self, key: bytes) -> Reply:
        return int(self.ends.pop(key, None) is not None)

    def do_keys(self, pattern: bytes) -> Reply:
        wanted = pattern.decode("utf-8", "replace")
        return [key for key in self.values if fnmatch.fnmatchcase(key.decode("utf-8", "replace"), wanted)]

    def do_scan(self, _cursor: bytes, *options: bytes) -> Reply:
        words = [option.upper() for option in options]
        return [b"0", self.do_keys(options[words.index(b"MATCH") + 1] if b"MATCH" in words else b"*")]

    def do_type(self, key: bytes) -> Reply:
        found = self.values.get(key)
        kinds = {bytes: "string", list: "list", set: "set", dict: "hash", type(None): "none"}
        is_sorted = isinstance(found, dict) and any(isinstance(value, float) for value in found.values())
        return "zset" if is_sorted else kinds[type(found)]

    def do_dbsize(self) -> Reply:
        return len(self.values)

    def do_flushall(self, *_: bytes) -> Reply:
        self.values.clear()
        self.ends.clear()
        self.size = 0
        self._changed()
        return "OK"

    do_flushdb = do_flushall

    def do_rpush(self, key: bytes, *values: bytes) -> Reply:
        found = self._of(key, list, make=True)
        found.extend(values)
        self._changed(*values)
        return len(found)

    def do_lpush(self, key: bytes, *values: bytes) -> Reply:
        found = self._of(key, list, make=True)
        found[:0] = reversed(values)
        self._changed(*values)
        return len(found)

    def do_lpop(self, key: bytes) -> Reply:
        return self._popped(key, 0)

    def do_rpop(self, key: bytes) -> Reply:
        return self._popped(key, -1)

    def _popped(self, key: bytes, at: int) -> Reply:
        found = self._of(key, list)
        value = found.pop(at) if found else None
        self._drop_empty(key)
        self._changed()
        return value

    def do_lrange(self, key: bytes, first: bytes, last: bytes) -> Reply:
        return _slice(self._of(key, list), first, last)

    def do_llen(self, key: bytes) -> Reply:
        return len(self._of(key, list))

    def do_sadd(self, key: bytes, *values: bytes) -> Reply:
        found = self._of(key, set, make=True)
        before = len(found)
        found.update(values)
        self._changed(*values)
        return len(found) - before

    def do_srem(self, key: bytes, *values: bytes) -> Reply:
        found = self._of(key, set)
        gone = found & set(values)
        found -= gone
        self._drop_empty(key)
        self._changed()
        return len(gone)

    def do_smembers(self, key: bytes) -> Reply:
        return sorted(self._of(key, set))

    def do_sismember(self, key: bytes, value: bytes) -> Reply:
        return int(value in self._of(key, set))

    def do_scard(self, key: bytes) -> Reply:
        return len(self._of(key, set))

    def do_hset(self, key: bytes, *pairs: bytes) -> Reply:
        found = self._of(key, dict, make=True)
        before = len(found)
        found.update(zip(pairs[::2], pairs[1::2], strict=False))
        self._changed(*pairs)
        return len(found) - before

    def do_hmset(self, key: bytes, *pairs: bytes) -> Reply:
        self.do_hset(key, *pairs)
        return "OK"

    def do_hget(self, key: bytes, name: bytes) -> Reply:
        return self._of(key, dict).get(name)

    def do_hgetall(self, key: bytes) -> Reply:
        return [part for pair in self._of(key, dict).items() for part in pair]

    def do_hdel(self, key: bytes, *names: bytes) -> Reply:
        found = self._of(key, dict)
        gone = sum(found.pop(name, None) is not None for name in names)
        self._drop_empty(key)
        self._changed()
        return gone

    def do_hkeys(self, key: bytes) -> Reply:
        return list(self._of(key, dict))

    def do_hvals(self, key: bytes) -> Reply:
        return list(self._of(key, dict).values())

    def do_hincrby(self, key: bytes, name: bytes, amount: bytes) -> Reply:
        found = self._of(key, dict, make=True)
        number = _int(found.get(name, b"0")) + _int(amount)
        found[name] = str(number).encode()
        self._changed(name)
        return number

    def do_zadd(self, key: bytes, *pairs: bytes) -> Reply:
        found = self._of(key, dict, make=True)
        before = len(found)
        for score, name in zip(pairs[::2], pairs[1::2], strict=False):
            found[name] = _float(score)
        self._changed(*pairs)
        return len(found) - before

    def do_zrange(self, key: bytes, first: bytes, last: bytes, *options: bytes) -> Reply:
        pairs = sorted(self._of(key, dict).items(), key=lambda pair: (pair[1], pair[0]))
        chosen = _slice(pairs, first, last)
        if any(option.upper() == b"WITHSCORES" for option in options):
            return [part for name, score in chosen for part in (name, f"{score:g}".encode())]
        return [name for name, _ in chosen]

    def do_zscore(self, key: bytes, name: bytes) -> Reply:
        found = self._of(key, dict).get(name)
        return None if found is None else f"{found:g}".encode()

    def do_zcard(self, key: bytes) -> Reply:
        return len(self._of(key, dict))


def _int(word: bytes) -> int:
    try:
        return int(word)
    except ValueError:
        raise RedisError("ERR value is not an integer or out of range") from None


def _float(word: bytes) -> float:
    try:
        return float(word)
    except ValueError:
        raise RedisError("ERR value is not a valid float") from None


def _slice(values: list[Any], first: bytes, last: bytes) -> list[Any]:
    begin, end = _int(first), _int(last)
    end = len(values) + end if end < 0 else end
    return values[begin if begin >= 0 else max(0, len(values) + begin) : end + 1]
