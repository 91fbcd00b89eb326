"""Every check type, one line each, in the order of the reference. `registry.py` reads them from here."""
# ruff: noqa: F401, I001

from checks.command import Command
from checks.file import File
from checks.tool import Tool
from checks.environment import Environment
from checks.namespace import NamespaceCheck
from checks.deployment import Deployment
from checks.statefulset import StatefulSet
from checks.daemonset import DaemonSet
from checks.job import Job
from checks.pods import Pods
from checks.service import Service
from checks.resource import Resource
from checks.http import Http
from checks.can import Can
from checks.event import Event
from checks.log import Log
from checks.exec import Exec
from checks.traffic import Traffic
from checks.metric import Metric
from checks.trace import Trace
from checks.quiz import Quiz
