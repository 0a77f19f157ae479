"""The network daemon in a network namespace that the environment names."""

import os
import sys

if __name__ == "__main__":
    daemon = (sys.executable, "-P", "-m", "daemons.network")
    os.execvp("ip", ("ip", "netns", "exec", os.environ["NETWORK_NAMESPACE"], *daemon))
