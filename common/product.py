"""What the product is called and which version it has, in one place."""

import platform

BRAND = "AXIS"
NUMBER = "C8210"
SHORT_NAME = f"{BRAND} {NUMBER}"
TYPE = "Network Audio Amplifier"
FULL_NAME = f"{SHORT_NAME} {TYPE}"
VARIANT = ""
WEB_URL = "https://www.axis.com"

VERSION = "12.9.0"
"""The level of the VAPIX API that we speak, with a patch number of our own."""
BUILD_DATE = "Nov 22 2026 12:00"
BUILD_NUMBER = "1"

ARCHITECTURE = platform.machine()
HARDWARE_ID = "C82"
"""Three hexadecimal digits, as clients expect them."""
SOC = "BCM2711" if ARCHITECTURE == "aarch64" else "simulated"
