// The HAT's lines, lamps and button for a machine with ACPI: the kernel's own drivers of all three, bound by the names
// of the device tree (PRP0001), on lines of gpio-sim in the place of the Raspberry Pi's controller. Numbers, names and
// flags are those of hw/c8210-hat/c8210-hat.dts; each line that is not named there by the HAT has no name here.
DefinitionBlock ("", "SSDT", 2, "C8210", "HAT", 1)
{
    Scope (\_SB)
    {
        Device (LINE)
        {
            Name (_HID, "PRP0001")
            Name (_UID, "lines")
            Name (_DSD, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), // properties
                Package () { Package () { "compatible", "gpio-simulator" } },
                ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"), // nodes below
                Package () { Package () { "bank0", "BNK0" } }
            })
            Name (BNK0, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "ngpios", 18 },
                    Package () { "gpio-sim,label", "c8210-hat" },
                    Package ()
                    {
                        "gpio-line-names", Package ()
                        {
                            "", "", "", "",
                            "AMP_RESET_N", "IO1_IN", "IO2_IN", "BUTTON_N",
                            "AMP_MUTE", "LED_STATUS_RED", "LED_STATUS_GREEN", "LED_SPEAKER_RED",
                            "IO1_OUT", "IO2_OUT", "", "",
                            "LED_SPEAKER_GREEN", "AMP_FAULT_N"
                        }
                    }
                }
            })
        }

        Device (LEDS)
        {
            Name (_HID, "PRP0001")
            Name (_UID, "leds")
            Name (_CRS, ResourceTemplate ()
            {
                GpioIo (Exclusive, PullDown, 0, 0, IoRestrictionOutputOnly, "\\_SB.LINE") { 9 }
                GpioIo (Exclusive, PullDown, 0, 0, IoRestrictionOutputOnly, "\\_SB.LINE") { 10 }
                GpioIo (Exclusive, PullDown, 0, 0, IoRestrictionOutputOnly, "\\_SB.LINE") { 11 }
                GpioIo (Exclusive, PullDown, 0, 0, IoRestrictionOutputOnly, "\\_SB.LINE") { 16 }
            })
            Name (_DSD, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package () { Package () { "compatible", "gpio-leds" } },
                ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"),
                Package ()
                {
                    Package () { "led-status-red", "LED0" },
                    Package () { "led-status-green", "LED1" },
                    Package () { "led-speaker-red", "LED2" },
                    Package () { "led-speaker-green", "LED3" }
                }
            })
            // gpios: device, which of its resources, which pin of that, active when low
            Name (LED0, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "label", "red:status" },
                    Package () { "default-state", "on" },
                    Package () { "gpios", Package () { \_SB.LEDS, 0, 0, 0 } }
                }
            })
            Name (LED1, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "label", "green:status" },
                    Package () { "default-state", "on" },
                    Package () { "gpios", Package () { \_SB.LEDS, 1, 0, 0 } }
                }
            })
            Name (LED2, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "label", "red:speaker" },
                    Package () { "gpios", Package () { \_SB.LEDS, 2, 0, 0 } }
                }
            })
            Name (LED3, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "label", "green:speaker" },
                    Package () { "gpios", Package () { \_SB.LEDS, 3, 0, 0 } }
                }
            })
        }

        Device (KEYS)
        {
            Name (_HID, "PRP0001")
            Name (_UID, "keys")
            Name (_CRS, ResourceTemplate ()
            {
                GpioIo (Exclusive, PullUp, 0, 0, IoRestrictionInputOnly, "\\_SB.LINE") { 7 }
            })
            Name (_DSD, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "compatible", "gpio-keys" },
                    Package () { "label", "c8210-button" }
                },
                ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"),
                Package () { Package () { "button-control", "KEY0" } }
            })
            Name (KEY0, Package ()
            {
                ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
                Package ()
                {
                    Package () { "label", "Control button" },
                    Package () { "linux,code", 148 },
                    Package () { "debounce-interval", 10 },
                    Package () { "gpios", Package () { \_SB.KEYS, 0, 0, 1 } }
                }
            })
        }
    }
}
