"""An SNMP agent by pysnmp: the objects of the group system (RFC 3418), for versions 1 and 2c of the protocol."""

from __future__ import annotations

import asyncio

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp
from pysnmp.entity.rfc3413.context import SnmpContext

from helpers.lessons.applications.service import begin, datagrams_at

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
VALUES = {
    "sysDescr": "the course's agent",
    "sysContact": "reader@server.example",
    "sysName": "server.example",
    "sysLocation": "in the lab",
}


async def serve() -> None:
    """Serve until standard input ends. Whoever does not know the community gets no answer (RFC 1157, section 4.1)."""
    told, engine = begin(), SnmpEngine()
    config.add_v1_system(engine, "area", "public")
    for security_model in (1, 2):  # SNMPv1, SNMPv2c (RFC 3411, section 5)
        config.add_vacm_user(engine, security_model, "area", "noAuthNoPriv", SYSTEM)  # whatever is below
    context = SnmpContext(engine)
    cmdrsp.GetCommandResponder(engine, context)
    cmdrsp.NextCommandResponder(engine, context)
    objects = context.get_mib_instrum("").get_mib_builder().import_symbols("__SNMPv2-MIB", *VALUES)
    for scalar, value in zip(objects, VALUES.values(), strict=True):
        scalar.setSyntax(scalar.getSyntax().clone(value))
    config.add_transport(engine, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(sock=datagrams_at(told)))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
