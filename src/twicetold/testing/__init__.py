"""Testing: what users of this package may use in tests of their own.

:class:`FakeCloudFoundry` answers on this machine as a Cloud Foundry does: its UAA, its Cloud Controller (version 3) and
its Log Cache. What its tasks do is decided by a launcher: :class:`Script` plays a part, :class:`LocalProcess` starts a
real process, and any function that takes a :class:`Launch` will do, such as one that starts a container.
"""

from twicetold.testing.cloudfoundry import FakeCloudFoundry
from twicetold.testing.launchers import OUT_OF_MEMORY, Launch, LocalProcess, Script

__all__ = ["OUT_OF_MEMORY", "FakeCloudFoundry", "Launch", "LocalProcess", "Script"]
