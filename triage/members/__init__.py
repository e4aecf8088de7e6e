"""Members: what containers hold, taken out one by one and within a budget.

    member           what every family gives, and how it says that something is damaged or locked
    opening          which module opens which kind of container
    walking          the tree: members of members, as far as the budget goes
    libarchive       the system's libarchive, through the few calls that are used
    archives         archives and zip-based documents, by libarchive
    unlocking        encrypted 7z and RAR, made what libarchive can read by passwords
    outlook          Outlook's stores, by a reader of ours
    databases        SQLite's, by a reader of ours
    disk_images      images of disks, by the readers of `sources`

`containers/` tells what content is; nothing is ever written by a member's name.
"""
