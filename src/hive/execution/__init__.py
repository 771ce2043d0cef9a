"""Everything between an intent and a fill; owns its account's private streams.

    order_types ─▶ intake ─▶ queue ─▶ sending ─▶ the venue ─▶ orders, books ─▶ settling

`order_desk` is the way in: it puts `desk` and `risk_controls` around the lives of its orders.
`ports` is what the room needs from others.
"""
