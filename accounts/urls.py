from django.urls import path

from accounts.views import account, invitation, organization, team, tokens

app_name = "accounts"

urlpatterns = [
    path("home/", account.home, name="home"),
    path("account/", account.profile, name="profile"),
    path("account/invitations/<str:invitation_id>/", account.answer_invitation, name="answer-invitation"),
    path("organizations/new/", account.create_organization, name="create-organization"),
    path("invitations/<str:secret>/", invitation.invitation, name="invitation"),
    path("invitations/<str:secret>/switch/", invitation.switch_account, name="switch-account"),
    path("o/<slug:slug>/team/", team.team, name="team"),
    path("o/<slug:slug>/team/leave/", team.leave, name="leave"),
    path("o/<slug:slug>/team/members/<str:member_id>/role/", team.change_role, name="change-role"),
    path("o/<slug:slug>/team/members/<str:member_id>/remove/", team.remove_member, name="remove-member"),
    path("o/<slug:slug>/team/invitations/<str:invitation_id>/resend/", team.resend_invitation, name="resend"),
    path("o/<slug:slug>/team/invitations/<str:invitation_id>/revoke/", team.revoke_invitation, name="revoke"),
    path("o/<slug:slug>/settings/", organization.settings, name="settings"),
    path("o/<slug:slug>/settings/activity/", organization.activity, name="activity"),
    path("o/<slug:slug>/settings/delete/", organization.delete, name="delete-organization"),
    path("o/<slug:slug>/settings/tokens/", tokens.tokens, name="tokens"),
    path("o/<slug:slug>/settings/tokens/<str:token_id>/revoke/", tokens.revoke, name="revoke-token"),
]
