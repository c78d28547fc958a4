"""
What tshark shows of writes to mailslots, browsers' messages and such that pop up, beside nbtdump's
"mailslot" and "messenger".

check_smb(m, protos, differs): `protos` are the elements "smb", "mailslot" and "browser" that
follow a datagram; differs(field, thing, text) is told of each value that is not the same. Gives the keys that
were compared, as paths.
"""


def whole(field):
    return int(field.get("show"), 0)


def text(field):
    return field.get("show")


def octet_text(s):
    """nbtdump's text without its escapes, of what tshark can show."""
    return s.replace("\\x5c", "\\").replace("\\x22", '"')


MAILSLOT = {
    "mailslot.opcode": None,  # 1 where nbtdump has a mailslot at all
    "mailslot.priority": (whole, "priority"),
    "mailslot.class": (whole, "class"),
    "mailslot.size": (whole, "size"),
    "mailslot.name": (text, "name"),
    "smb.timeout": (whole, "timeout"),
    "smb.transaction.flags": (whole, "flags"),
}
BROWSE = {
    "browser.command": (whole, "opcode"),
    "browser.update_count": (whole, "update_count"),
    "browser.period": (whole, "period"),
    "browser.server": (text, "server or group"),
    "browser.mb_server": (text, "server"),
    "browser.os_major": (whole, "os_major"),
    "browser.os_minor": (whole, "os_minor"),
    "browser.server_type": (whole, "type"),
    "browser.proto_major": (whole, "browser_major"),
    "browser.proto_minor": (whole, "browser_minor"),
    "browser.sig": (whole, "signature"),
    "browser.mysterious_field": (whole, "mysterious"),
    "browser.comment": (text, "comment"),
    "browser.unused": (whole, "unused"),
    "browser.response_computer_name": (text, "server"),
    "browser.election.version": (whole, "version"),
    "browser.election.criteria": (whole, "criteria"),
    "browser.election.os": (whole, "criteria.os"),
    "browser.election.desire": (whole, "criteria.desire"),
    "browser.uptime": (whole, "uptime"),
    "browser.backup.count": (whole, "count"),
    "browser.backup.token": (whole, "token"),
    "browser.browser_to_promote": (text, "server"),
    "browser.reset_cmd": (whole, "reset"),
    "browser.windows_version": None,  # its guess
}
# The bits of ServerType, by nbtdump's words.
TYPES = {
    "workstation": "workstation", "server": "server", "sql": "sql", "print": "print",
    "domain_controller": "domain-controller", "backup_controller": "backup-controller",
    "time": "time-source", "apple": "apple", "novell": "novell", "member": "member",
    "dialin": "dialin", "xenix": "unix", "ntw": "nt", "wfw": "wfw", "nts": "nt-server",
    "browser.potential": "potential", "browser.backup": "backup", "browser.master": "master",
    "browser.domain_master": "domain-master", "osf": "osf", "vms": "vms", "w95": "windows",
    "dfs": "dfs", "local": "local-list", "domainenum": "domain",
}


def value_of(slot, browse, key):
    """The value, and the keys of nbtdump that it comes from."""
    if key == "size":
        return len(octet_text(slot["name"])) + 1 + slot["length"], ["length"]
    if key == "period":
        return browse.get("periodicity", 1000 * browse.get("seconds", 0)), ["periodicity", "seconds"]
    if key == "server or group":
        return browse.get("group", browse.get("server")), ["group" if "group" in browse else "server"]
    if key == "mysterious":
        parts = [browse[k] << shift for k, shift in
                 (("browser_major", 0), ("browser_minor", 8), ("signature", 16))]
        return sum(parts), ["browser_major", "browser_minor", "signature"]
    if key == "criteria.os":
        return browse["criteria"] >> 24, ["criteria"]
    if key == "criteria.desire":
        return browse["criteria"] & 0xFF, ["criteria"]
    return browse.get(key), [key]


def check_bits(field, browse, seen, differs):
    """Deeper fields: ServerType bit by bit, and those of criteria and resets, whose words are above."""
    for bit in field.iter("field"):
        key = bit.get("name")
        if bit is field or not key.startswith("browser.server_type."):
            continue
        word = TYPES.get(key.removeprefix("browser.server_type."))
        if (word in browse.get("type_words", [])) != (bit.get("show") == "1"):
            differs(key, browse, '"%s", nbtdump has %s' % (
                bit.get("showname"), browse.get("type_words")))
        seen.update("type_words[%d]" % i for i in range(len(browse.get("type_words", []))))


def check_browse(element, slot, differs):
    browse, seen, servers = slot.get("browse"), set(), 0
    for field in element.findall("field"):
        key = field.get("name")
        if browse is None:
            # An opcode without a message: all that tshark shows of it is the number.
            if key != "browser.command" or "Unknown" not in field.get("showname"):
                differs(key, slot, '"%s", nbtdump has no such message' % field.get("showname"))
            continue
        if key == "browser.backup.server":
            if octet_text(browse["servers"][servers]) != text(field):
                differs(key, browse, '"%s", nbtdump has %s' % (field.get("showname"), browse["servers"]))
            seen.add("servers[%d]" % servers)
            servers += 1
            continue
        if key not in BROWSE:
            differs(key, browse, '"%s": this is compared with nothing' % field.get("showname"))
            continue
        if BROWSE[key]:
            read, ours = BROWSE[key][0], None
            ours, keys = value_of(slot, browse, BROWSE[key][1])
            seen.update(keys)
            theirs = read(field)
            if (octet_text(ours) if isinstance(ours, str) else ours) != theirs:
                differs(key, browse, '"%s", nbtdump has %s' % (field.get("showname"), ours))
        check_bits(field, browse, seen, differs)
    return {"mailslot.browse." + key for key in seen}


def check_mailslot(m, protos, differs):
    slot, compared = m.get("mailslot"), set()
    for proto in protos:
        if slot is None and proto.get("name") == "smb":
            continue  # of another kind
        if slot is None:
            differs(proto.get("name"), m, "nbtdump has no mailslot")
        elif proto.get("name") == "browser":
            compared |= check_browse(proto, slot, differs)
        else:
            for field in proto.iter("field"):
                known = MAILSLOT.get(field.get("name"))
                if not known:
                    continue
                ours, keys = (slot[known[1]], [known[1]]) if known[1] in slot else \
                    value_of(slot, None, known[1])
                compared.update("mailslot." + key for key in keys)
                if (octet_text(ours) if isinstance(ours, str) else ours) != known[0](field):
                    differs(field.get("name"), slot, '"%s", nbtdump has %s' % (
                        field.get("showname"), ours))
    return compared


# Messages that pop up, over a session.
KINDS = {0xD0: "send-message", 0xD5: "start-message", 0xD7: "message-text", 0xD6: "end-message"}
MESSENGER = {
    "smb.cmd": (lambda f: KINDS.get(whole(f)), "kind"),
    "smb.flags.response": (lambda f: f.get("show") == "1", "reply"),
    "smb.mid": (whole, "mid"),
    "smb.mgid": (whole, "group"),
    "smb.originator_name": (text, "from"),
    "smb.destination_name": (text, "to"),
    "smb.message": (text, "text"),
}


def check_messenger(m, protos, differs):
    messenger, compared = m.get("messenger"), set()
    if messenger is None or [p.get("name") for p in protos] != ["smb"]:
        return compared
    for field in protos[0].iter("field"):
        if field.get("name") not in MESSENGER:
            continue
        read, key = MESSENGER[field.get("name")]
        compared.add("messenger." + key)
        if messenger.get(key) != read(field):
            differs(field.get("name"), messenger, '"%s", nbtdump has %s' % (
                field.get("showname"), messenger.get(key)))
    if messenger.get("group") == 0:
        compared.add("messenger.group")  # there is none
    return compared


def check_smb(m, protos, differs):
    if m["service"] == "session":
        return check_messenger(m, protos, differs)
    return check_mailslot(m, protos, differs)
