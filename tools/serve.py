"""Show the built book at an address that only this computer can reach."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"
HOST = "127.0.0.1"
PORTS = range(8000, 8100)


class Handler(SimpleHTTPRequestHandler):
    """Serve files without a word, and never an old copy of a page built anew."""

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""

    def end_headers(self) -> None:
        """Add the request to keep no copy."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def listen() -> ThreadingHTTPServer:
    """Return a server of the book on the first free port."""
    for port in PORTS:
        try:
            return ThreadingHTTPServer((HOST, port), partial(Handler, directory=HTML))
        except OSError:  # in use
            continue
    sys.exit(
        f"All ports from {PORTS[0]} to {PORTS[-1]} are in use: stop one of the servers."
    )


def main() -> None:
    """Serve the book until Ctrl-C."""
    if not (HTML / "index.html").exists():
        sys.exit("The book is not built yet: run `make book` first.")
    with listen() as server:
        print(
            f"The book is at http://{HOST}:{server.server_port}/ (Ctrl-C ends)",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
