# U-Boot's script, on the Raspberry Pi and in the emulator: takes the next slot that has a try left, spends the try, and
# starts it. A start that is confirmed gets its tries back from the running system; one that is not falls back here.
#
# Which slot is next and what tries are left stand in one sector of the partition `env` (2), in U-Boot's own form: a
# sector is written or it is not. U-Boot: devtype and devnum are those of the disk that this script came from.

setenv c8210_at ${kernel_addr_r}
part start ${devtype} ${devnum} 2 c8210_env
${devtype} dev ${devnum}
setenv BOOT_ORDER
setenv BOOT_A_LEFT
setenv BOOT_B_LEFT
if ${devtype} read ${c8210_at} ${c8210_env} 1; then
    if env import -c ${c8210_at} 0x200 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT; then
        echo "C8210: order ${BOOT_ORDER}, tries A ${BOOT_A_LEFT}, B ${BOOT_B_LEFT}"
    else
        echo "C8210: what stood there of slots and tries is damaged: beginning with A"
    fi
fi
if test -z "${BOOT_ORDER}"; then setenv BOOT_ORDER "A B"; fi
if test -z "${BOOT_A_LEFT}"; then setenv BOOT_A_LEFT 3; fi
if test -z "${BOOT_B_LEFT}"; then setenv BOOT_B_LEFT 3; fi

setenv c8210_slot
for slot in ${BOOT_ORDER}; do
    if test -n "${c8210_slot}"; then
        true
    elif test "${slot}" = "A"; then
        if test ${BOOT_A_LEFT} -gt 0; then
            setenv c8210_slot A
            setenv c8210_part 3
            setenv c8210_label rootfs.0
            setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
        fi
    elif test "${slot}" = "B"; then
        if test ${BOOT_B_LEFT} -gt 0; then
            setenv c8210_slot B
            setenv c8210_part 4
            setenv c8210_label rootfs.1
            setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
        fi
    fi
done

if test -z "${c8210_slot}"; then
    echo "C8210: no slot has a try left: all get them back"
    setenv BOOT_A_LEFT 3
    setenv BOOT_B_LEFT 3
fi
env export -c -s 0x200 ${c8210_at} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
${devtype} write ${c8210_at} ${c8210_env} 1
if test -z "${c8210_slot}"; then
    sleep 1
    reset
fi

echo "C8210: starting slot ${c8210_slot}, tries left A ${BOOT_A_LEFT}, B ${BOOT_B_LEFT}"
# The console is the one that the device tree names. The kernel is larger than U-Boot's own layout expects.
setenv bootargs "root=PARTLABEL=${c8210_label} rauc.slot=${c8210_slot} ro panic=5 quiet loglevel=5 ${c8210_args}"
setexpr c8210_initrd ${kernel_addr_r} + 0x8000000
if load ${devtype} ${devnum}:${c8210_part} ${kernel_addr_r} /boot/Image; then
    if load ${devtype} ${devnum}:${c8210_part} ${c8210_initrd} /boot/initrd.img; then
        # The device tree is the one that the firmware has filled in: memory, addresses, the HAT's EEPROM.
        booti ${kernel_addr_r} ${c8210_initrd}:${filesize} ${fdt_addr}
    fi
fi

echo "C8210: slot ${c8210_slot} cannot be started: it loses its tries"
setenv BOOT_${c8210_slot}_LEFT 0
env export -c -s 0x200 ${c8210_at} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
${devtype} write ${c8210_at} ${c8210_env} 1
sleep 1
reset
