package lab

// readme explains a lab to whoever opens its folder.
const readme = `# LAB: a practice site and client of patchtrace

Nothing in here is real: no client, no site, no bulletin. The programs do run: they download, scan, report
and install, and write the logs of the real ones.

    patchtrace diagnose DIR     which stage lost the patch
    patchtrace run all DIR      sync, scan, inventory, install
    patchtrace lab serve DIR    keep the servers up

This folder is drive C: of the client, and all that it reaches.

    machine.json                the client: products, file versions, clock, who is logged on
    servers.json                how the servers behave
    site.json                   what the site's database holds, with Last Hardware Scan
    WINDOWS/                    the client's logs, caches and list of host names
    wmi/                        its repository: a folder for a namespace, a file for a class
    network/SERVER/SHARE/       what it knows as \\SERVER\SHARE: package source, distribution point
    internet/                   what the maker of the catalogue publishes
    site/                       logs and inboxes of the site server and the management point

Break something: cut a .cab, take rights from a folder, edit PatchAuthorize.xml or machine.json, start "lab serve"
and kill it. Then run a stage and see whether the verdict finds it.

The servers come up with each run. Once "lab serve" has been started they are up only while it runs; it gives that
back when it is ended with Ctrl-C.
`
