"""Notebook 09: what is below IP on a serial line, what it costs, a map of two LANs, and hellos of routers."""

from helpers.lessons.links import ppp as ppp
from helpers.lessons.links import ppp_control as ppp_control
from helpers.lessons.links import slip as slip
from helpers.lessons.links import van_jacobson as van_jacobson
from helpers.lessons.links.lan_map import network_map as network_map
from helpers.lessons.links.line_ends import CslipEnd as CslipEnd
from helpers.lessons.links.line_ends import PppEnd as PppEnd
from helpers.lessons.links.line_ends import SlipEnd as SlipEnd
from helpers.lessons.links.link_bytes import packet_bytes as packet_bytes
from helpers.lessons.links.link_bytes import transmissions as transmissions
from helpers.lessons.links.routing_hellos import eigrp_fields as eigrp_fields
from helpers.lessons.links.routing_hellos import ospf_fields as ospf_fields
