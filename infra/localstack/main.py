"""LocalStack as a machine without Docker needs it."""

import functools

from localstack.runtime.main import main
from localstack.services.lambda_.invocation.docker_runtime_executor import DockerRuntimeExecutor
from twisted.internet import endpoints

# LocalStack takes the port alone of GATEWAY_LISTEN and listens on every address of the machine.
endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")

# Functions are made and not run, so that a stack that has some can be deployed: running them takes images.
DockerRuntimeExecutor.prepare_version = classmethod(lambda cls, version: None)

main()
