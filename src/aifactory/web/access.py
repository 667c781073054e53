"""Pages of the room access: calls, applications, reviews, and the work of the office."""

from aifactory.web import access_apply, access_calls, access_office, access_review

urlpatterns = [
    *access_calls.urlpatterns,
    *access_apply.urlpatterns,
    *access_review.urlpatterns,
    *access_office.urlpatterns,
]
