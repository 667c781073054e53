"""The addresses of the factory: the API under /api/v1, the dataspace under /dsp, everything else is pages."""

from django.conf import settings
from django.urls import path

from aifactory.api import api, dsp, dsp_tck
from aifactory.web.urls import urlpatterns as pages

handler400 = "aifactory.web.errors.bad_request"
handler403 = "aifactory.web.errors.forbidden"
handler404 = "aifactory.web.errors.not_found"
handler500 = "aifactory.web.errors.failed"

urlpatterns = [path("api/v1/", api.urls), *dsp.urlpatterns, *pages]
if settings.DATASPACE_TCK:
    urlpatterns += dsp_tck.urlpatterns
