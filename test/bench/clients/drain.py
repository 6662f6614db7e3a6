"""
A client that only drains: `drain.py PORT OCTETS TIMES QUERY` prints the seconds of each transfer as JSON. With `tls` behind
that, over TLS; the server's certificate is not looked at.
"""
import json
import socket
import ssl
import sys
import time

port, octets, times = map(int, sys.argv[1:4])
query = bytes.fromhex(sys.argv[4])
context = None
if sys.argv[5:] == ["tls"]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["dot"])
buffer = memoryview(bytearray(262_144))

seconds = []
for _ in range(times):
    with socket.create_connection(("127.0.0.1", port)) as plain:
        connection = plain if context is None else context.wrap_socket(plain)
        receive = connection.recv_into
        left = octets
        started = time.perf_counter()
        connection.sendall(query)
        while left > 0:
            count = receive(buffer)
            if count == 0:
                sys.exit(f"The server ended {left} octets early")
            left -= count
        seconds.append(time.perf_counter() - started)
print(json.dumps(seconds))
