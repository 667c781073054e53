"""The addresses of the factory: the API under /api/v1, everything else is pages."""

from django.urls import path

from aifactory.api import api
from aifactory.web.urls import urlpatterns as pages

handler400 = "aifactory.web.errors.bad_request"
handler403 = "aifactory.web.errors.forbidden"
handler404 = "aifactory.web.errors.not_found"
handler500 = "aifactory.web.errors.failed"

urlpatterns = [path("api/v1/", api.urls), *pages]
