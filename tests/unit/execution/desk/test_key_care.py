"""What is said when the venue does not take what a key has signed."""

from __future__ import annotations

from tests.unit.execution.venue_rig import VenueRig


def test_a_wrong_network_is_not_taken_for_a_key_that_has_ended() -> None:
    """The venue recovers somebody else from the signature, and says whom."""
    rig = VenueRig(run={"is_mainnet": True})
    rig.do(lambda: rig.ctx().buy("BTC", 0.01, 79_000))
    rig.run_s(60)
    (desk,) = rig.runtime.desks.values()
    (alarm,) = [text for text in desk.snapshot().recent_alarms if "signer" in text]
    told = f"the venue takes another for the signer of what {rig.signer.address} signed (User or"
    assert alarm.startswith(told)
    assert alarm.endswith("account.network names the wrong network, nothing can be traded")
    assert not any("approve" in text or "again" in text for text in desk.snapshot().recent_alarms)
