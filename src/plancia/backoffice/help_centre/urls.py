"""URLs of the help centre's back office."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.help_centre import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("help/", views.articles, name="staff-help"),
    path("help/worst/", views.worst, name="staff-help-worst"),
    path("help/questions/", views.asked, name="staff-help-questions"),
    path("help/questions/<question>/answer/", views.settle, name="staff-help-settle"),
    path("help/new/", views.new, name="staff-help-new"),
    path("help/export/", views.export, name="staff-help-export"),
    path("help/articles/<article>/translation/", views.translate, name="staff-help-translate"),
    path("help/texts/<text>/", views.text, name="staff-help-text"),
    path("help/texts/<text>/state/", views.move, name="staff-help-state"),
    path("help/texts/<text>/revisions/<int:number>/", views.revision, name="staff-help-revision"),
]
