"""Every address of the console on one page. Sign-up, mail and social sign-in of allauth are left out."""

from allauth.account import views as account
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.i18n import set_language

from jikimi.console.static_files import serve
from jikimi.console.views import (
    alerts,
    api,
    cases,
    contacts,
    enter,
    health,
    home,
    identifiers,
    outgoing,
    people,
    places,
    posture,
    push,
    references,
    replies,
    searching,
    statistics,
)


class Key(StringConverter):
    """A record's key: 32 hex digits."""

    regex = "[0-9a-f]{32}"


register_converter(Key, "key")

urlpatterns = [
    path("", home.home, name="home"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/news", alerts.news, name="alerts-news"),
    path("alerts/<key:key>/", alerts.alert, name="alert"),
    path("alerts/<key:key>/decide", alerts.decide, name="decide"),
    path("places/<key:key>/preview", places.preview, name="preview"),
    path("places/<key:key>/reveal", places.reveal, name="reveal"),
    path("places/<key:key>/evidence", places.evidence, name="evidence"),
    path("places/<key:key>/hand-over", places.hand_over, name="hand-over"),
    path("places/<key:key>/again", places.request_again, name="request-again"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new", cases.new_case, name="new-case"),
    path("cases/<key:key>/", cases.case, name="case"),
    path("cases/<key:key>/approve", cases.approve, name="approve"),
    path("cases/<key:key>/renew", cases.renew, name="renew"),
    path("cases/<key:key>/close", cases.close, name="close"),
    path("cases/<key:key>/hold", outgoing.hold_case, name="hold-case"),
    path("cases/<key:key>/statement", outgoing.approve_statement, name="approve-statement"),
    path("cases/<key:key>/last-resort", outgoing.last_resort, name="last-resort"),
    path("cases/<key:key>/search", searching.allow, name="allow-search"),
    path("places/<key:key>/hold", outgoing.hold_place, name="hold-place"),
    path("notices/<key:key>/take-back", outgoing.take_back, name="take-back"),
    path("posture/pause", outgoing.pause, name="pause"),
    path("cases/<key:key>/references", references.add, name="add-references"),
    path("references/<key:key>/withdraw", references.withdraw, name="withdraw"),
    path("cases/<key:key>/identifiers", identifiers.add, name="add-identifier"),
    path("identifiers/<key:key>/withdraw", identifiers.withdraw, name="withdraw-identifier"),
    path("watches/", health.watches, name="watches"),
    path("watches/halt", health.halt, name="halt"),
    path("watches/<path:name>/contact", health.contact, name="contact"),
    path("watches/<path:name>/priority", health.priority, name="priority"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/<key:key>/confirm", contacts.confirm, name="confirm-contact"),
    path("contacts/<key:key>/withdraw", contacts.withdraw, name="withdraw-contact"),
    path("replies/", replies.replies, name="replies"),
    path("replies/<key:key>/read", replies.read, name="read-reply"),
    path("jobs/", health.jobs, name="jobs"),
    path("jobs/retry", health.retry, name="retry"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/figures.csv", statistics.figures, name="figures"),
    path("statistics/dossier", statistics.dossier, name="dossier"),
    path("posture/", posture.posture, name="posture"),
    path("posture/sending", posture.sending, name="sending"),
    path("people/", people.people, name="people"),
    path("people/<str:username>/link", people.new_link, name="new-link"),
    path("people/<str:username>/switch", people.switch, name="switch"),
    path("people/<str:username>/second-step", people.forget_second_step, name="forget-second-step"),
    path("enter/<str:token>/", enter.enter, name="enter"),
    path("account/", home.account, name="account"),
    path("account/sign-in", account.login, name="account_login"),
    path("account/sign-out", account.logout, name="account_logout"),
    path("account/inactive", account.account_inactive, name="account_inactive"),
    path("account/confirm", account.reauthenticate, name="account_reauthenticate"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/password/first", account.password_set, name="account_set_password"),
    path("account/second-step/", include("allauth.mfa.urls")),
    path("api/v1/posts", api.posts, name="hand-in"),
    path("api/v1/openapi.json", api.description, name="openapi"),
    path("push/<str:token>", push.push, name="push"),
    path("language", set_language, name="set_language"),
    path("static/<path:path>", serve, name="static"),
]
