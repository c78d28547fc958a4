#!/usr/bin/env python3
"""A computer that was captured: answers every node status request with the node status response of a
capture (its UDP payload in hex), under the id and the name that were asked for. Nothing else is answered.

usage: persona_twin.py PAYLOAD
"""
import socket, sys

seen = bytes.fromhex(sys.argv[1])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 128)
s.bind(('', 137))
print('ready', flush=True)
while True:
    asked, peer = s.recvfrom(2000)
    if asked[2] & 0x80 or asked[46:48] != b'\0\x21':
        continue
    s.sendto(asked[:2] + seen[2:12] + asked[12:46] + seen[46:], peer)
