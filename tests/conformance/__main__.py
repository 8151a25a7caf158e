"""Runs Credyt's published client through every operation. SCRIP_URL says where the server is, SCRIP_KEY with which key.

With --json it also writes a line for every test to the standard output; with --list it only lists the tests.
"""

import json
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).parent


def described(test):
    """A test as the document lists it: its operation, or its name, and what it checks."""
    method = getattr(test, test._testMethodName, None)
    words = " ".join((getattr(method, "__doc__", None) or str(test)).split())
    return {"operation": getattr(method, "operation", None), "checks": words}


class Results(unittest.TextTestResult):
    """The usual report for people, and a line for each test for who asks for it."""

    def startTest(self, test):
        self.problems = []
        super().startTest(test)

    def addError(self, test, error):
        super().addError(test, error)
        self.problems.append(self.told(test, error))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.problems.append(self.told(test, error))

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.problems.append(self.told(test, error))

    def told(self, test, error):
        return self._exc_info_to_string(error, test) + answers(test)

    def stopTest(self, test):
        super().stopTest(test)
        if "--json" in sys.argv:
            problem = "\n".join(self.problems) or None
            print(json.dumps({**described(test), "problem": problem}), flush=True)

    def getDescription(self, test):
        found = described(test)
        return f"{found['operation'] or 'run'}: {found['checks']}"


def answers(test):
    """The last answers of the server, because what went wrong usually stands there."""
    exchanges = test.recorder.exchanges if hasattr(test, "recorder") else []
    lines = [f"{one.method} {one.path} -> {one.status} {one.text[:600]}" for one in exchanges[-3:]]
    return "The last answers:\n" + "\n".join(lines)


def main():
    sys.path.insert(0, str(FOLDER))
    suite = unittest.defaultTestLoader.discover(str(FOLDER), pattern="test_*.py")
    if "--list" in sys.argv:
        print(json.dumps([described(test) for test in flattened(suite)]))
        return 0
    result = unittest.TextTestRunner(resultclass=Results, verbosity=2).run(suite)
    return 0 if result.wasSuccessful() else 1


def flattened(suite):
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from flattened(part)
        else:
            yield part


if __name__ == "__main__":
    sys.exit(main())
