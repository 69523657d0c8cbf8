"""The researcher's pages; tests/survey/test_access.py holds who may come to which."""

from django.urls import path

from survey.monitor import account, audit_log, rate, ratings, roles, views

urlpatterns = [
    path("", views.researcher, name="researcher"),
    path("login/", account.LoginView.as_view(), name="login"),
    path("logout/", account.LogoutView.as_view(), name="logout"),
    path("<slug:study>/export/", views.export, name="export"),
    path("<slug:study>/rate/", rate.rate, name="rate"),
    path("<slug:study>/rate/<str:key>/", rate.answer, name="rate_answer"),
    path("<slug:study>/ratings/", ratings.ratings, name="ratings"),
    path("<slug:study>/ratings/<int:response>/settle/", ratings.settle, name="settle"),
    path("<slug:study>/roles/", roles.roles, name="roles"),
    path("<slug:study>/roles/<int:role>/take/", roles.take_role, name="take_role"),
    path("<slug:study>/audit/", audit_log.audit, name="audit"),
]
