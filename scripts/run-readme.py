#!/usr/bin/env python3
"""Runs README.md's "first chat" as it is printed, against GANTRY_URL.

The only changes are the address, the user's name (so that it can run again)
and where the client packages come from.
"""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60


def blocks():
    """The first fenced block of each language below the heading."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## A first chat.*?\n(.*?)(?=^## )", readme, re.MULTILINE | re.DOTALL)
    found = {}
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", section.group(1), re.MULTILINE | re.DOTALL):
        found.setdefault(language, code)
    return found


def main():
    url = os.environ["GANTRY_URL"].rstrip("/")
    suffix = secrets.token_hex(4)

    def adapted(code):
        code = code.replace("http://localhost:3000", url)
        return re.sub(r"\b(ada|crew|robot)\b", rf"\1-{suffix}", code)

    code = {language: adapted(text) for language, text in blocks().items()}
    environment = {**os.environ, "NODE_PATH": str(ROOT / "tests/clients/js/node_modules")}

    with tempfile.TemporaryDirectory() as folder:
        run = {"cwd": folder, "env": environment, "text": True, "stdin": subprocess.DEVNULL}
        print("README: curl")
        subprocess.run(["bash", "-euo", "pipefail", "-c", code["sh"]], check=True, timeout=PATIENCE_SECONDS, **run)

        print("\nREADME: JavaScript")
        script = Path(folder, "bot.js")
        script.write_text(code["js"])
        bot = subprocess.Popen(["node", str(script)], stdout=subprocess.PIPE, **run)
        timer = threading.Timer(PATIENCE_SECONDS, bot.kill)
        timer.start()
        try:
            await_line(bot, "listening")
            print("README: Python")
            subprocess.run([sys.executable, "-c", code["python"]], check=True, timeout=PATIENCE_SECONDS, **run)
            await_line(bot, "answered")
        finally:
            timer.cancel()
            bot.kill()
            bot.wait()
    print("README: 3 passed, 0 failed")


def await_line(process, word):
    for line in process.stdout:
        print(line, end="")
        if word in line:
            return
    sys.exit(f"the bot ended before it printed {word!r}")


if __name__ == "__main__":
    main()
