"""The researcher's pages; tests/survey/test_access.py holds who may come to which."""

from django.urls import path

from survey.monitor import account, audit_log, roles, views

urlpatterns = [
    path("", views.researcher, name="researcher"),
    path("login/", account.LoginView.as_view(), name="login"),
    path("logout/", account.LogoutView.as_view(), name="logout"),
    path("<slug:study>/export/", views.export, name="export"),
    path("<slug:study>/roles/", roles.roles, name="roles"),
    path("<slug:study>/roles/<int:role>/take/", roles.take_role, name="take_role"),
    path("<slug:study>/audit/", audit_log.audit, name="audit"),
]
