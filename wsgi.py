"""For WSGI servers: `gunicorn wsgi:app`."""

import gc

from portal.app import create_app

app = create_app()
# What lives as long as the process is never garbage: looking through it stops every request.
gc.collect()
gc.freeze()
