"""Datagrams; a server for the time is at its usual port, which is another one on the host."""

import binascii
import json

import host

AF_INET, SOCK_DGRAM = 2, 2
_world = json.loads(host.world)


def getaddrinfo(name, port):
    return [(AF_INET, SOCK_DGRAM, 0, "", ("127.0.0.1", _world["ntp_port"] or port))]


class socket:
    def __init__(self, family, kind):
        self._id = host.udp_open()

    def setblocking(self, flag):
        """It never blocks."""

    def sendto(self, data, address):
        host.udp_send(self._id, address[0], address[1], binascii.hexlify(data).decode())

    def recv(self, count):
        hexadecimal = host.udp_receive(self._id)
        if not hexadecimal:
            raise OSError(11)  # EAGAIN
        return binascii.unhexlify(hexadecimal)[:count]

    def close(self):
        host.udp_close(self._id)
