"""Starts hosts behind one bridge with Mininet and says how many milliseconds that took; the imports do not count.

To be run in network and process namespaces of its own, so that nothing of it touches the machine.
"""

import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

Mininet.inited = True  # leaves the limits of the machine alone, and is faster
began = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None)
net.start()
print('started', round((time.monotonic() - began) * 1000, 1), flush=True)
net.stop()
