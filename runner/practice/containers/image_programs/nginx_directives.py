"""The directives of nginx that a configuration may have: how many arguments they take, and where they may stand."""

from __future__ import annotations

MANY = 99

_BY_COUNT = {
    (0, 0): """
        break charset_types events http internal ip_hash least_conn mail stream types
    """,
    (0, 1): """
        api health_check hostnames least_time random status stub_status
    """,
    (0, MANY): """
        server
    """,
    (1, 1): """
        absolute_redirect accept_mutex aio alias allow auth_basic auth_basic_user_file auth_request
        autoindex autoindex_exact_size autoindex_format autoindex_localtime charset
        chunked_transfer_encoding client_body_buffer_size client_body_in_file_only
        client_body_in_single_buffer client_body_timeout client_header_buffer_size client_header_timeout
        client_max_body_size daemon default_type deny directio etag fastcgi_index fastcgi_pass
        fastcgi_read_timeout fastcgi_split_path_info grpc_pass gzip gzip_comp_level gzip_http_version
        gzip_min_length gzip_static gzip_vary http2 http3 if_modified_since ignore_invalid_headers include
        keepalive_disable keepalive_requests keepalive_time limit_conn_status limit_rate limit_rate_after
        limit_req_status lingering_close lingering_time lingering_timeout load_module lock_file
        log_not_found log_subrequest map_hash_bucket_size map_hash_max_size master_process max_ranges
        memcached_pass merge_slashes mirror mirror_request_body msie_padding multi_accept pid
        port_in_redirect postpone_output proxy_buffer_size proxy_buffering proxy_busy_buffers_size
        proxy_cache proxy_cache_key proxy_cache_lock proxy_connect_timeout proxy_hide_header
        proxy_http_version proxy_ignore_client_abort proxy_intercept_errors proxy_max_temp_file_size
        proxy_method proxy_next_upstream_timeout proxy_next_upstream_tries proxy_pass proxy_pass_header
        proxy_pass_request_body proxy_pass_request_headers proxy_protocol proxy_read_timeout
        proxy_request_buffering proxy_send_timeout proxy_set_body proxy_socket_keepalive proxy_ssl_name
        proxy_ssl_server_name proxy_ssl_verify proxy_timeout random_index real_ip_header real_ip_recursive
        recursive_error_pages reset_timedout_connection resolver_timeout root satisfy scgi_pass send_timeout
        sendfile server_name_in_redirect server_names_hash_bucket_size server_names_hash_max_size
        server_tokens set_real_ip_from slice ssi ssl ssl_buffer_size ssl_certificate ssl_certificate_key
        ssl_ciphers ssl_client_certificate ssl_dhparam ssl_ecdh_curve ssl_password_file
        ssl_prefer_server_ciphers ssl_preread ssl_session_tickets ssl_session_timeout ssl_stapling
        ssl_stapling_verify ssl_trusted_certificate ssl_verify_client ssl_verify_depth
        sub_filter_last_modified sub_filter_once tcp_nodelay tcp_nopush timer_resolution
        types_hash_bucket_size types_hash_max_size underscores_in_headers uninitialized_variable_warn use
        uwsgi_pass variables_hash_bucket_size variables_hash_max_size worker_connections worker_priority
        worker_processes worker_rlimit_nofile worker_shutdown_timeout working_directory
    """,
    (1, 2): """
        add_before_body expires geo keepalive keepalive_timeout large_client_header_buffers location
        output_buffers proxy_redirect ssl_early_data upstream user
    """,
    (1, MANY): """
        access_log add_trailer auth_jwt auth_request_set client_body_temp_path dav_access dav_methods
        debug_connection env error_log error_page fastcgi_buffer_size fastcgi_buffers fastcgi_temp_path
        gunzip gzip_buffers gzip_disable gzip_proxied gzip_types hash if image_filter index js_content
        js_import js_set limit_except limit_req limit_req_zone listen log_format open_file_cache
        open_file_cache_errors open_file_cache_min_uses open_file_cache_valid open_log_file_cache perl
        proxy_bind proxy_buffers proxy_cache_bypass proxy_cache_path proxy_cache_use_stale proxy_cache_valid
        proxy_cookie_flags proxy_ignore_headers proxy_next_upstream proxy_no_cache proxy_temp_path resolver
        return rewrite scgi_temp_path secure_link secure_link_md5 server_name ssl_conf_command ssl_ct
        ssl_protocols ssl_session_cache state status_zone sticky sub_filter_types try_files uwsgi_temp_path
        valid_referers worker_cpu_affinity zone
    """,
    (2, 2): """
        grpc_set_header limit_conn limit_conn_zone map proxy_cookie_domain proxy_cookie_path
        proxy_set_header set split_clients sub_filter uwsgi_param
    """,
    (2, MANY): """
        add_header fastcgi_param
    """,
}
DIRECTIVES = {name: count for count, names in _BY_COUNT.items() for name in names.split()}
"""(fewest, most) arguments by name."""

BLOCKS = frozenset(
    [
        "http",
        "events",
        "stream",
        "mail",
        "server",
        "location",
        "upstream",
        "if",
        "limit_except",
        "types",
        "map",
        "geo",
        "split_clients",
        "charset_map",
    ]
)

ANYWHERE = frozenset(
    {"main", "http", "server", "location", "if", "events", "stream", "mail", "upstream", "limit_except"}
)
_SERVER = frozenset({"server", "location", "if"})
_HTTP = _SERVER | {"http"}
ONLY_IN: dict[str, frozenset[str]] = {
    "http": frozenset({"main"}),
    "events": frozenset({"main"}),
    "stream": frozenset({"main"}),
    "mail": frozenset({"main"}),
    "worker_processes": frozenset({"main"}),
    "worker_connections": frozenset({"events"}),
    "user": frozenset({"main"}),
    "pid": frozenset({"main"}),
    "daemon": frozenset({"main"}),
    "server": frozenset({"http"}),
    "upstream": frozenset({"http", "stream"}),
    "listen": frozenset({"server"}),
    "server_name": frozenset({"server"}),
    "location": frozenset({"server", "location"}),
    "proxy_pass": frozenset({"location", "if", "limit_except", "server"}),
    "root": _HTTP,
    "alias": frozenset({"location"}),
    "index": _HTTP,
    "return": _SERVER,
    "rewrite": _SERVER,
    "try_files": frozenset({"server", "location"}),
    "if": frozenset({"server", "location"}),
    "log_format": frozenset({"http", "stream"}),
    "map": frozenset({"http", "stream"}),
    "sendfile": _HTTP,
    "keepalive_timeout": _HTTP,
    "default_type": _HTTP,
    "proxy_set_header": _HTTP,
    "add_header": _HTTP,
    "stub_status": frozenset({"server", "location"}),
    "internal": frozenset({"location"}),
}
"""The blocks in which a directive may stand, for those where people get it wrong."""
