"""Which test holds which fault of the catalogue: connection, orders, fills, limits, storage, time.

A fault is a thing that has happened to somebody's trading system; its id is the catalogue's. Tests
are named alone, so that they may move; a fault is covered when each of its tests is there.
"""

from __future__ import annotations

from typing import Final

WORLDS: Final = "test_no_world_violates_an_invariant"
DOUBTS: Final = "test_of_a_hundred_thousand_in_doubt_none_is_doubled_orphaned_or_left_unsettled"
DISCONNECTS: Final = (
    "test_a_hundred_disconnects_lose_and_double_nothing_and_settle_within_ten_seconds"
)
KILLS: Final = "test_three_kills_and_a_clean_end_leave_the_journal_equal_to_the_venue"

CONNECTION: Final = {
    "C01": ("test_fifty_cuts_and_everything_is_active_again_within_seconds", DISCONNECTS),
    "C02": ("test_a_quiet_market_keeps_its_socket_for_hours",),
    "C03": ("test_fifty_cuts_and_every_subscription_is_active_again_without_leaking",),
    "C04": ("test_a_quiet_socket_is_pinged_and_lives_on_pongs",),
    "C05": (
        "test_fifty_wishes_and_duplicates_bring_fifty_acks",
        "test_an_ack_that_does_not_come_is_asked_for_again_and_alarmed",
    ),
    "C06": ("test_unknown_channels_are_counted_by_name", "test_a_push_finds_its_subscription"),
    "C07": ("test_streams_that_name_no_user_have_a_socket_for_each_user",),
    "C08": ("test_churn_leaves_one_subscription_and_one_listener",),
    "C09": ("test_a_stream_that_falls_silent_alone_is_stale_then_asked_for_anew_and_its_gap_told",),
    "C11": (
        "test_a_complaint_is_tied_to_what_it_quotes",
        "test_too_many_posts_is_told_to_the_post",
    ),
    "C12": ("test_a_frozen_book_on_a_live_socket_is_stale_and_asked_for_anew",),
    "C13": ("test_a_frame_of_megabytes_arrives_whole", DISCONNECTS),
    "C14": ("test_a_venue_that_does_not_read_is_not_fed_without_bound",),
    "C15": ("test_a_listener_that_raises_is_counted_and_takes_nobody_along",),
    "C16": (
        "test_probe_e_what_happens_while_the_private_socket_is_down_is_known_within_ten_seconds",
        DISCONNECTS,
    ),
    "C17": ("test_sockets_that_do_not_last_never_exceed_the_connections_of_a_minute",),
    "C18": ("test_a_kept_connection_found_dead_is_unanswered_and_never_tried_twice",),
}

ORDERS: Final = {
    "O01": (
        "test_o01_nothing_is_doubled_or_declared_over_and_all_is_settled_after",
        "test_o01_silence_alone_ends_no_order",
        "test_o01_an_outage_costs_few_actions_and_is_over_when_the_venue_is_back",
    ),
    "O02": (DOUBTS, "test_a_refusal_that_proves_nothing_leaves_the_order_unconfirmed"),
    "O03": (DOUBTS, "test_a_strategy_that_tries_again_on_a_side_in_doubt_is_refused_by_name"),
    "O04": ("test_o04_however_the_words_of_a_replace_arrive_the_new_leg_is_current",),
    "O05": ("test_a_fill_that_raced_a_replace_is_trimmed",),
    "O06": ("test_probe_c_a_fill_of_the_new_leg_whose_open_is_lost_is_no_reason_to_do_anything",),
    "O07": ("test_ds_35_a_fill_of_a_leg_without_a_known_price_is_booked_at_once",),
    "O08": ("test_o08_and_o10_a_status_of_unknown_is_outweighed_by_the_list_of_open_orders",),
    "O09": ("test_o09_a_fill_in_the_cancels_flight_is_one_exposure",),
    "O10": ("test_a_no_counts_only_after_the_expiry_and_only_if_all_agree",),
    "O11": (
        "test_o11_a_status_nobody_can_read_costs_only_its_own_order",
        "test_ds_73_an_answer_of_another_length_or_kind_leaves_all_of_it_unconfirmed",
    ),
    "O12": ("test_o12_an_acceptance_without_an_oid_is_one",),
    "O13": ("test_what_is_a_price_for_every_instrument",),
    "O14": ("test_floats_are_rounded_as_they_read", "test_a_ninth_decimal_is_never_dropped"),
    "O15": ("test_ds_65_an_illegal_order_is_refused_by_its_rule_and_costs_no_other",),
    "O16": ("test_random_l1_actions_equal_the_official_sdk",),
    "O17": ("test_o17_a_cancel_without_an_answer_is_sent_again",),
    "O18": ("test_every_story_of_so_many_words_ends_in_the_truth_in_every_order_of_them",),
    "O19": (
        "test_a_cloid_that_is_none_is_refused",
        "test_any_128_bits_are_ours_or_foreign_by_their_tag",
    ),
    "O20": (
        "test_an_unknown_status_is_reported_in_its_own_word",
        "test_an_unknown_status_is_asked_about_and_changes_nothing",
    ),
    "O21": ("test_o21_a_minute_of_post_only_costs_few_actions_and_is_told_with_when_to_try_again",),
    "O22": ("test_reduce_only_orders_never_outlive_what_they_reduce", WORLDS),
    "O24": ("test_an_immediate_order_that_filled_in_part_ends_with_its_last_fill",),
    "O25": ("test_open_orders_in_either_form",),
    "O26": ("test_o26_our_own_cloid_without_a_record_is_adopted_and_others_are_external", KILLS),
}

FILLS: Final = {
    "F01": ("test_f01_a_fill_that_no_stream_told_is_found_by_the_sweep",),
    "F02": ("test_f02_a_sweep_and_the_stream_race_and_book_once",),
    "F03": (
        "test_f03_starting_again_and_again_changes_nothing",
        "test_f18_a_restart_does_not_meet_a_hole_again_that_was_accepted",
    ),
    "F04": ("test_fills_that_differ_in_one_part_of_the_key_are_two", WORLDS),
    "F05": ("test_f05_one_trade_id_on_two_sides_and_two_coins_are_different_fills",),
    "F06": ("test_probe_f_frames_that_come_twice_are_taken_once",),
    "F07": (
        "test_ds_24_the_status_filled_alone_ends_nothing",
        "test_ds_25_the_fill_after_the_status_ends_it",
    ),
    "F08": (
        "test_f08_fills_of_one_millisecond_at_a_pages_edge_are_all_found",
        "test_fills_that_the_venue_does_not_keep_any_more_are_missed_aloud",
    ),
    "F09": ("test_f09_and_f20_fills_that_were_missed_are_booked_and_known_ones_are_not",),
    "F10": ("test_a_whole_history_is_whole_in_whatever_order_it_is_told",),
    "F11": ("test_f11_a_fill_with_other_numbers_is_neither_booked_nor_overwritten_and_is_said",),
    "F12": (
        "test_f12_a_liquidation_is_borne_pro_rata_and_told_to_each",
        "test_a_liquidation_is_booked_and_its_orders_are_told_as_gone",
    ),
    "F13": ("test_a_deleveraging_of_our_side_is_booked",),
    "F14": ("test_slices_of_a_twap_are_fills_like_any_other",),
    "F15": ("test_a_fill_keeps_every_digit", WORLDS),
    "F16": ("test_somebody_elses_orders_and_fills_are_external_and_booked_to_nobody",),
    "F17": ("test_what_a_resting_order_filled_at_once_is_not_booked_from_the_answer",),
    "F18": (
        "test_a_position_that_no_fill_explains_is_corrected_once_and_halts_the_account",
        "test_a_difference_that_never_stays_the_same_is_looked_at_ever_less_often",
    ),
    "F19": ("test_f19_a_venue_that_does_not_know_an_account_with_positions_is_the_wrong_one",),
    "F20": ("test_f09_and_f20_fills_that_were_missed_are_booked_and_known_ones_are_not",),
    "F21": ("test_sums_are_the_venues_and_exits_stay_able_to_close",),
}

LIMITS: Final = {
    "R01": ("test_ten_thousand_actions_in_one_millisecond_have_different_nonces",),
    "R02": (
        "test_two_processes_do_not_share_a_registry",
        "test_another_instance_on_the_account_is_named",
    ),
    "R03": (WORLDS, "test_the_venue_names_the_nonce_it_would_take"),
    "R04": ("test_a_key_that_ends_stops_its_account_alone_and_another_takes_its_place",),
    "R05": ("test_the_address_budget_holds_orders_back_and_not_cancels",),
    "R06": ("test_no_minute_ever_holds_more_than_the_cap",),
    "R07": ("test_overdrawing_is_counted_and_paid_back",),
    "R08": ("test_rows_are_charged_after_the_answer",),
    "R09": ("test_accounts_past_the_venues_slots_are_polled_and_stay_in_line",),
    "R10": ("test_defaults_are_the_smaller_of_what_sources_say",),
    "R11": ("test_a_step_of_the_wall_is_no_time_that_passed",),
}

STORAGE: Final = {
    "D01": (
        "test_d01_no_new_risk_leaves_and_the_reason_names_the_journal",
        "test_d01_cancels_and_exits_leave_at_once",
        "test_d01_it_is_well_again_by_itself_and_says_so_once",
    ),
    "D04": ("test_a_power_cut_takes_only_what_was_not_synced", WORLDS),
    "D07": ("test_no_epoch_and_no_index_is_given_out_twice_whenever_the_process_dies",),
    "D08": ("test_a_file_that_was_never_synced_may_vanish_whole",),
    "D10": ("test_a_full_disk_loses_the_line_and_nothing_else",),
    "D11": ("test_cut_at_every_byte_the_whole_records_before_the_cut_come_back",),
}

TIME: Final = {
    "T05": ("test_a_stepping_wall_neither_doubles_nor_silences_an_aligned_timer", WORLDS),
    "T06": (
        "test_the_venues_clock_is_not_put_ahead_by_ours_running_fast",
        "test_one_stamp_from_the_future_is_not_believed_and_two_are",
    ),
    "T07": ("test_a_process_that_was_asleep_does_not_blame_the_peer",),
}

COVERED: Final = CONNECTION | ORDERS | FILLS | LIMITS | STORAGE | TIME

NOT_YET: Final = {
    "C10": "no stream is replaced by requests for longer than a gap, so nothing flips",
    "O23": "the dead man's switch has tests of its own with the guardian",
    "F22": "nothing mirrors the ledger outside the process yet",
    "D02": "nothing is kept in SQLite yet",
    "D03": "nothing is kept in SQLite yet",
    "D05": "nothing is kept in DuckDB",
    "D06": "nothing is kept in DuckDB",
    "D09": "market data is not recorded yet",
}
"""Faults that cannot happen to what there is, and why."""
