"""Known holes in pinned packages, by pip-audit.

python .ci/audit.py LIST...    0 none known, 1 a hole or a package not looked up, 3 not audited
"""

import json
import subprocess
import sys
from pathlib import Path

UNREACHED = (
    "ConnectionError", "ServiceError", "Max retries", "timed out", "Name or service", "SSLError",
    "ProxyError", "Connection refused", "HTTPError", "Not Found",
)  # fmt: skip


def wanted(path: Path) -> set[str]:
    """Names of the packages of a list."""
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return {line.partition("==")[0].lower().replace("_", "-") for line in lines if line}


def complaints(names: set[str], answer: dict) -> list[str]:
    """Holes, and packages that were not looked up."""
    wrong, seen = [], set()
    for found in answer["dependencies"]:
        name = found["name"].lower().replace("_", "-")
        if "skip_reason" in found:
            wrong.append(f"{name}: not looked up: {found['skip_reason']}")
            continue
        seen.add(name)
        for hole in found["vulns"]:
            mended = ", ".join(hole.get("fix_versions", [])) or "no version"
            wrong.append(f"{name} {found['version']}: {hole['id']}, mended in {mended}")
    silent = [
        name for name in sorted(names - seen) if not any(w.startswith(f"{name}:") for w in wrong)
    ]
    return wrong + [f"{name}: not looked up" for name in silent]


def main(lists: list[str]) -> int:
    """Ask for each list, and tell."""
    wrong = []
    for name in lists:
        command = [sys.executable, "-m", "pip_audit", "--requirement", name, "--no-deps"]
        command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            reason = " ".join(done.stderr.split())[-300:]
            if any(word in done.stderr for word in UNREACHED):
                sys.stdout.write(f"not audited: the service is out of reach ({reason})\n")
                return 3
            raise RuntimeError(f"pip-audit failed: {reason}") from None
        if all("skip_reason" in found for found in answer["dependencies"]):
            reason = answer["dependencies"][0]["skip_reason"]
            sys.stdout.write(f"not audited: the service knows no package ({reason})\n")
            return 3
        wrong += [f"{name}: {text}" for text in complaints(wanted(Path(name)), answer)]
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or "audit: no known hole\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
