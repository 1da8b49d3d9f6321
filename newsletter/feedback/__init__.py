"""What comes back after a letter was accepted: bounces, complaints, goodbyes, by mail or by a provider's webhook.

    webhook | verify | keep -> incoming      bounce mail | keep -> incoming
    incoming | read -> reports | rules -> suppressions, goodbyes, alarms

What comes in is kept as it came before anything else is done with it, and worked off afterwards. A report never
overwrites the outcome of a delivery: it stands beside it. What can't be understood is kept and shown.
"""
