export const HELP = `Sluice, from the command line.

  sluice listen --forward-to URL   forwards what triggers deliver to a program on this machine
  sluice listen --help             all of its flags
  sluice --version

Settings  SLUICE_KEY, an API key; SLUICE_URL, the server
`

export const LISTEN_HELP = `Forwards each firing of the account's triggers to a local address, as the platform would POST it: the same
content type and body, signed (Standard Webhooks) with a secret of this run. What the triggers themselves are
set to do goes on as before.

  sluice listen --forward-to http://localhost:3000/hook

  --forward-to URL   where to; without a scheme http:// is meant
  --url URL          the server (SLUICE_URL; http://127.0.0.1:8080)
  --key KEY          an API key that may get, is bound to no feed and sees private ones (SLUICE_KEY).
                     Other users of this machine can read a command line: SLUICE_KEY is better
  --trigger ID       only this trigger; may be given several times
  --secret SECRET    whsec_…, to sign with; made at random when missing, and shown
  --since TIME       begin in the past: 30s, 10m, 2h, 3d
  --json             one JSON object a line

Without a key, .sluice/first-run.json in the working directory (npm start writes it) tells key and server.
A lost connection is made again, and what fired meanwhile is forwarded then, in order, each firing once.
Redirects are not followed; a program that does not answer within 15 s has failed. Failures are not tried
again: start with --since 10m to have the last ten minutes once more.

Ends with Ctrl-C (exit code 0). Exit code 1: the server refuses; 2: the command line is wrong.
`
