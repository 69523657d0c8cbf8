"""The researcher's pages; tests/survey/test_access.py holds who may come to which."""

from django.urls import path

from survey.monitor import (
    account,
    audit_log,
    blinding,
    data_links,
    export,
    overview,
    participants,
    rate,
    ratings,
    results,
    roles,
    views,
)

urlpatterns = [
    path("", views.researcher, name="researcher"),
    path("login/", account.LoginView.as_view(), name="login"),
    path("logout/", account.LogoutView.as_view(), name="logout"),
    path("<slug:study>/", overview.overview, name="overview"),
    path("<slug:study>/live/", overview.live, name="live"),
    path("<slug:study>/consort.svg", overview.consort_svg, name="consort"),
    path("<slug:study>/participants/", participants.participants, name="participants"),
    path("<slug:study>/participants/<str:code>/", participants.participant, name="participant"),
    path("<slug:study>/participants/<str:code>/link/", participants.show_link, name="show_link"),
    path("<slug:study>/participants/<str:code>/answers/", participants.show_answers, name="show_answers"),
    path("<slug:study>/participants/<str:code>/note/", participants.add_note, name="add_note"),
    path("<slug:study>/participants/<str:code>/exclude/", participants.exclude, name="exclude"),
    path("<slug:study>/unblind/", blinding.unblind, name="unblind"),
    path("<slug:study>/export/", export.export, name="export"),
    path("<slug:study>/export/links/", data_links.data_links, name="data_links"),
    path("<slug:study>/export/links/<str:link>/revoke/", data_links.revoke_data_link, name="revoke_data_link"),
    path("<slug:study>/export/<str:file>", export.export_file, name="export_file"),
    path("<slug:study>/results/", results.results, name="results"),
    path("<slug:study>/results/report.html", results.results_report, name="results_report"),
    path("<slug:study>/results/<slug:table>.csv", results.results_table, name="results_table"),
    path("<slug:study>/results/<slug:outcome>.svg", results.results_figure, name="results_figure"),
    path("<slug:study>/rate/", rate.rate, name="rate"),
    path("<slug:study>/rate/<str:key>/", rate.answer, name="rate_answer"),
    path("<slug:study>/ratings/", ratings.ratings, name="ratings"),
    path("<slug:study>/ratings/<int:response>/settle/", ratings.settle, name="settle"),
    path("<slug:study>/roles/", roles.roles, name="roles"),
    path("<slug:study>/roles/<int:role>/take/", roles.take_role, name="take_role"),
    path("<slug:study>/audit/", audit_log.audit, name="audit"),
]
