"""Pages of the room access: calls, applications, reviews, conflicts, and the work of the office."""

from aifactory.web import access_apply, access_calls, access_office, access_review, conflicts, discussion

urlpatterns = [
    *access_calls.urlpatterns,
    *access_apply.urlpatterns,
    *conflicts.urlpatterns,
    *access_review.urlpatterns,
    *discussion.urlpatterns,
    *access_office.urlpatterns,
]
