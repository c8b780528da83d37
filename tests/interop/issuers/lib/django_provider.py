"""Runs django-oidc-provider in Django. Its keys are in a database, and can change while it runs.

usage: django_provider.py FOLDER CLIENT_ID. A command is a line of JSON on standard input, its answer a line on standard
output; the first line is the port.
"""

import json
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from types import ModuleType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

folder, client_id = Path(sys.argv[1]), sys.argv[2]
SECRET = "a secret of nobody, and as long as HS256 wants it"
requests = []

sys.modules["urls"] = urls = ModuleType("urls")
settings.configure(
    SECRET_KEY=SECRET,
    ROOT_URLCONF="urls",
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oidc_provider"],
    LOGIN_URL="/login",
    USE_TZ=True,
)
django.setup()
urls.urlpatterns = [path("openid/", include("oidc_provider.urls", namespace="oidc_provider"))]
call_command("migrate", verbosity=0)

from django.contrib.auth.models import User  # noqa: E402, needs the applications to be set up
from oidc_provider.lib.utils.token import create_id_token, create_token, encode_id_token  # noqa: E402
from oidc_provider.models import Client, RSAKey  # noqa: E402


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def counted(environ, start_response):
    requests.append(environ["PATH_INFO"])
    return application(environ, start_response)


class Commands:
    """One method for each command, with the members of the command as arguments."""

    def __init__(self, url):
        self.url = url
        self.client = Client.objects.create(client_id=client_id, client_secret=SECRET, jwt_alg="RS256")
        self.user = User.objects.create_user("user")

    def add_key(self, pem):
        return RSAKey.objects.create(key=pem).kid

    def remove_key(self, kid):
        next(key for key in RSAKey.objects.all() if key.kid == kid).delete()

    def sign(self, claims, alg="RS256"):
        """Signs with the provider's own code and its first key."""
        return encode_id_token(claims, Client(client_secret=SECRET, jwt_alg=alg))

    def id_token(self):
        """An ID token that the provider makes for a user."""
        settings.SITE_URL = self.url
        token = create_token(self.user, self.client, ["openid"])
        return encode_id_token(create_id_token(token, self.user, client_id, nonce="a nonce"), self.client)

    def requests(self, end):
        return sum(path.endswith(end) for path in requests)


application = get_wsgi_application()
server = make_server("127.0.0.1", 0, counted, Server, Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
commands = Commands(f"http://127.0.0.1:{server.server_port}")
print(json.dumps(server.server_port), flush=True)
for line in sys.stdin:
    name, arguments = json.loads(line)
    print(json.dumps(getattr(commands, name)(**arguments)), flush=True)
