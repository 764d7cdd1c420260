"""Puts the shared library into the wheel, and says what the wheel needs.

The wheel holds no code for a particular Python, so one wheel serves all versions. A
wheel that is built without SIGNET_LIBRARY holds no library and finds the system's.
"""

import os
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface):
    def initialize(self, version, build_data):
        library = os.environ.get("SIGNET_LIBRARY")
        if library:
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
            build_data["force_include"][library] = "signet_auth/libsignet.so"
