# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests that attack share."""
import json
import subprocess

import nsorphan

# A user without any privilege. What an attack needs beyond that, it takes by itself: everybody is
# root in a user namespace of his own.
UID = 65534
NOBODY = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")
# Exit code of an attack that this kernel leaves no way for.
UNAVAILABLE = nsorphan.UNAVAILABLE


class Attack:
    """An attacker at work. It says in a line of JSON when it has begun, and what there is to know;
    it ends with its stdin, and then says in another line how it went."""

    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.facts = None

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            error = self.process.stderr.read().strip()
            status = self.process.wait(nsorphan.PATIENCE)
            if status == UNAVAILABLE:
                nsorphan.pytest.skip(error)
            raise AssertionError(f"the attacker ended with {status}: {error}")
        self.facts = json.loads(line)
        return self

    def __getattr__(self, name):
        return (self.__dict__.get("facts") or {})[name]

    def end(self):
        """Ends it, and returns what it says of its success."""
        out, error = self.process.communicate(timeout=nsorphan.PATIENCE)
        assert self.process.returncode == 0, error
        return json.loads(out)

    def stop(self):
        nsorphan.stop(self.process)
