"""Working with others, with programs, and signing in with more than a password."""

import base64
import hmac
import re
import struct
import time

from playwright.sync_api import Page, expect

from e2e.people import PASSWORD, follow_letter, new_email, sign_in, sign_in_as_moderator, sign_up, workspace_of
from e2e.site import Site


def test_found_an_organisation_and_invite_a_newcomer(page: Page, other_page: Page) -> None:
    sign_up(page, new_email("founder"))
    page.goto("/organizations/new/")
    page.get_by_label("Name").fill("Heron Lab")
    page.get_by_role("button", name="Create organisation").click()
    team = f"/o/{workspace_of(page)}/team/"
    invited = new_email("invited")
    page.get_by_label("Email").fill(invited)
    page.get_by_label("Role", exact=True).select_option("Viewer")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text(f"An invitation is on its way to {invited}.")).to_be_visible()

    follow_letter(other_page, invited, "/invitations/")
    other_page.get_by_role("link", name="Create an account").click()
    expect(other_page.get_by_label("Email")).to_have_value(invited)
    other_page.get_by_label("Password").fill(PASSWORD)
    other_page.get_by_role("button", name="Create account").click()
    other_page.get_by_role("button", name="Accept the invitation").click()
    expect(other_page.get_by_text("You are now a member of Heron Lab.")).to_be_visible()
    other_page.goto(team)
    expect(other_page.get_by_role("button", name="Send invitation")).to_have_count(0)

    page.goto(team)
    row = page.get_by_role("row").filter(has_text=invited)
    row.get_by_role("combobox").select_option("Admin")
    row.get_by_role("button", name="Change").click()
    expect(page.get_by_text("is changed.")).to_be_visible()
    other_page.reload()
    expect(other_page.get_by_role("button", name="Send invitation")).to_be_visible()
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is no longer a member.")).to_be_visible()
    gone = other_page.reload()
    assert gone is not None
    assert gone.status == 404


def test_a_token_is_shown_once_works_and_is_revoked(page: Page) -> None:
    person = sign_up(page, new_email("programmer"))
    page.goto(f"{person.home}settings/tokens/")
    page.get_by_label("Name").fill("Training server")
    page.get_by_role("button", name="Create token").click()
    found = re.search(r"lh_\w{40}", page.get_by_role("status").first.inner_text())
    assert found
    headers = {"Authorization": f"Bearer {found[0]}"}
    assert page.request.get("/api/v1/me/", headers=headers).json()["email"] == person.email
    page.get_by_role("button", name="Revoke").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token «Training server» is revoked.")).to_be_visible()
    assert page.request.get("/api/v1/me/", headers=headers).status == 401


def test_a_second_step_by_app_and_by_recovery_code(page: Page, other_page: Page) -> None:
    person = sign_up(page, new_email("careful"))
    _open_proved(page, "/accounts/2fa/totp/activate/")
    secret = page.get_by_text(re.compile("^[A-Z2-7]{32}$")).first.inner_text()
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Switch on").click()
    page.goto("/accounts/2fa/recovery-codes/")
    recovery = re.findall(r"\b[0-9a-f]{8}\b", page.get_by_role("main").inner_text())
    other_page.goto("/accounts/login/")
    other_page.get_by_label("Email").fill(person.email)
    other_page.get_by_label("Password").fill(PASSWORD)
    other_page.get_by_role("button", name="Sign in").click()
    other_page.get_by_label("Code").fill(recovery[0])
    other_page.get_by_role("button", name="Sign in").click()
    assert workspace_of(other_page) == person.slug


def test_a_passkey_replaces_the_password(page: Page) -> None:
    _plug_in_a_key(page)
    person = sign_up(page, new_email("modern"))
    _open_proved(page, "/accounts/2fa/webauthn/add/")
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("Sign in with this key alone").check()
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url(re.compile(r"/2fa/(recovery-codes|webauthn)/$"))
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    assert workspace_of(page) == person.slug


def test_a_suspended_person_is_out_at_the_next_click_and_reads_why(page: Page, other_page: Page, site: Site) -> None:
    rogue = sign_up(other_page, new_email("rogue"))
    other_page.goto("/account/")
    sign_in_as_moderator(page, site)
    page.goto(f"/admin/accounts/user/?q={rogue.email}")
    page.get_by_role("link", name=rogue.email).click()
    page.get_by_role("link", name="Suspend", exact=True).click()
    page.get_by_role("textbox", name="Reason").fill("Stolen pictures")
    page.get_by_role("button", name="Suspend", exact=True).click()
    expect(page.get_by_text("This person is suspended.")).to_be_visible()
    other_page.get_by_role("button", name="Save").click()
    expect(other_page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(other_page, rogue.email)
    expect(other_page.get_by_text("Stolen pictures")).to_be_visible()


def _open_proved(page: Page, address: str) -> None:
    """A page that asks for the password again first."""
    page.goto(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def _code(secret: str) -> str:
    """The six digits of RFC 6238 for now."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def _plug_in_a_key(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
