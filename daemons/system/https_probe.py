"""Whether the web server answers, asked by a process of its own: TLS takes memory that is needed once in an upgrade.

Arguments: `http` or `https`, and the port on this machine. Ends with 0 when the whole way through web server, HTTP
daemon and bus answers; else says on its output why not.
"""

import http.client
import json
import ssl
import sys

TIMEOUT_S = 8.0
PATH = "/axis-cgi/systemready.cgi"
QUESTION = json.dumps({"apiVersion": "1.0", "method": "systemready"})


def main(scheme: str, port: int) -> str:
    """Return what is wrong; nothing when all is well."""
    connection: http.client.HTTPConnection
    if scheme == "https":
        # It is the own certificate, whoever signed it: what counts is that a client gets an answer.
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(
            "localhost", port, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection("localhost", port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", PATH, QUESTION, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read(65536)
    except (OSError, http.client.HTTPException) as error:
        return f"port {port} does not answer: {error}"
    finally:
        connection.close()
    if answer.status != 200:
        return f"the answer is {answer.status}"
    try:
        json.loads(content)["data"]["systemready"]
    except (ValueError, KeyError, TypeError):
        return "the answer makes no sense"
    return ""


if __name__ == "__main__":
    wrong = main(sys.argv[1], int(sys.argv[2]))
    sys.stdout.write(wrong)
    sys.exit(1 if wrong else 0)
