"""Python's own Wyoming library as a peer: reads every event into its class, writes what the class makes of it.

  peer.py serve URI     a server that sends back what it gets (prints its port first, for tcp)
  peer.py connect URI   a client that sends back what it gets, until the server closes
  peer.py types         every event type of the library, one a line
  peer.py describe URI  what a client understands of a server's info
"""

import asyncio
import importlib
import json
import pkgutil
import sys

import wyoming
from wyoming.client import AsyncClient
from wyoming.event import Eventable
from wyoming.info import Describe, Info
from wyoming.server import AsyncEventHandler, AsyncServer, AsyncTcpServer

for module in pkgutil.iter_modules(wyoming.__path__):
    if module.name not in ("http", "zeroconf"):
        importlib.import_module(f"wyoming.{module.name}")

CLASSES = Eventable.__subclasses__()


def types():
    """The names that the classes go by: each module keeps them in constants."""
    found = set()
    for cls in CLASSES:
        constants = vars(sys.modules[cls.__module__])
        found |= {
            value
            for name, value in constants.items()
            if name.endswith("_TYPE") and isinstance(value, str) and cls.is_type(value)
        }
    return sorted(found)


def remade(event):
    for cls in CLASSES:
        if cls.is_type(event.type):
            return cls.from_event(event).event()
    return event


class Echo(AsyncEventHandler):
    async def handle_event(self, event):
        await self.write_event(remade(event))
        return True


async def serve(uri):
    server = AsyncServer.from_uri(uri)
    if isinstance(server, AsyncTcpServer):
        await server.start(Echo)
        print(server._server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()
    else:
        await server.run(Echo)


async def connect(uri):
    async with AsyncClient.from_uri(uri) as client:
        while (event := await client.read_event()) is not None:
            await client.write_event(remade(event))


async def describe(uri):
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        print(json.dumps(Info.from_event(await client.read_event()).event().data))


if __name__ == "__main__":
    if sys.argv[1] == "types":
        print("\n".join(types()))
    else:
        asyncio.run({"serve": serve, "connect": connect, "describe": describe}[sys.argv[1]](sys.argv[2]))
