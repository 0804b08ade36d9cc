"""Words that stand in most repositories, and so make poor sensitive names."""

from __future__ import annotations

_WORDS = """
    about access account action admin agent alert analysis api app archive array
    asset async audit auth backend backup base batch bench block bool branch
    browser buffer build bundle button cache call check class client clean cloud
    code column command comment commit common component config connect console
    const container content context control copy core count create cursor custom
    customer dashboard data database date debug default delete demo deploy design
    detail dev develop device dict directory disk docker docs document domain
    download draft driver edit editor email engine entry env environment error
    event example except export extra false fast feature field file filter final
    find fix flag float folder font form format frame from frontend function
    generate global graph group handler hash head header health help helper host
    hotfix html http https icon image import index info init input install int
    integration interface internal item job json kernel key label lambda layer
    layout lead legacy level library license light line link linux list load local
    lock logger login logs loop machine mail main manager map master menu merge
    message meta method metric mock mode model module monitor move name network
    node none note null number object open option order output owner package page
    panel parse parser pass password patch path payment performance pipeline
    plain platform player plugin policy pool port post preview price print private
    process prod product production profile program progress project prompt proto
    provider proxy public pull push python query queue random range read readme
    record release remote remove render report repo request research reset
    resource response result return review role root route router rule runtime
    sample save scan schema scope screen script search secret section secure
    select self send series server service session settings setup shared shell
    show simple size source space spec stack stage staging start state static
    status step stop storage store stream string struct style submit suite sync
    system table target task team template term terminal test tests text theme
    thread time title token tool trace track train training transfer true type
    unit update upload user utils value vendor verify version video view void
    wait watch web website widget window work worker workflow world write yaml
"""

COMMON_WORDS = frozenset(_WORDS.split())
