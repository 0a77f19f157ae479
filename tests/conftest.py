"""What every kind of test shares."""

import hypothesis

pytest_plugins = ["tests.coverage_rows"]

# Two cores shared with real daemons make the time of one example meaningless.
hypothesis.settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis.settings.load_profile("suite")
