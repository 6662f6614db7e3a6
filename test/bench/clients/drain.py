"""A client that only drains: `drain.py PORT OCTETS TIMES QUERY` prints the seconds of each transfer as JSON."""
import json
import socket
import sys
import time

port, octets, times = map(int, sys.argv[1:4])
query = bytes.fromhex(sys.argv[4])
buffer = memoryview(bytearray(262_144))

seconds = []
for _ in range(times):
    with socket.create_connection(("127.0.0.1", port)) as connection:
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
