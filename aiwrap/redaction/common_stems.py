"""File stems so common that they say nothing about which file is meant.

Pure data.  A bare `index.js` or `main.tf` in prose is no name of a sensitive file,
nor is `errno.h`, nor what every Python has.
"""

import sys

_WORDS = """
    __init__ __main__ about account accounts admin adapter adapters api app apps
    application args array asset assets auth base base64 bin block blog bot buffer build
    builder bundle button cache card cell changelog channel check class cli client
    clients cluster code codec color command commands common compat component
    components conf config configs conftest connection console const constants
    container content context contributing controller controllers convert cookie
    core counter create crypto css cursor custom data database date db debug
    decoder default defaults delete demo deps deploy dev dict display dist docker
    dockerfile docs document driver dump edit editor email encoder engine entry
    env environment error errors event events example examples exceptions export
    extension factory favicon feature features fetch field fields file files filter
    filters fixture fixtures flags footer form format formatter forms function
    functions generate generator get global globals go graph group groups guide
    handler handlers hash head header headers health hello helper helpers history
    home hook hooks html http icon icons image images import index info init input
    install interface interfaces internal io item items job jobs json key keys
    label layout lib libs library license link links list loader local lock log
    logger logging login logo logout logs main make makefile manage manager
    manifest map math media memory menu message messages meta metrics middleware
    migration migrations misc mock mocks mod model models module modules monitor
    name names net network node note notes notice object objects option options
    order orders output outputs package page pages parse parser patch path paths
    pattern payload permission permissions pipeline plan platform plugin plugins
    policy pool post posts print process profile progress project prompt prompts
    properties protocol provider providers proxy public pyproject query queue
    random reader readme record redis register registry release render report
    repository request requests requirements resolver resource resources response
    result results role roles root route router routers routes routing rule rules
    run runner runtime sample samples schema schemas script scripts search security
    select server service services session sessions set settings setup shared
    shell show signal signals socket sort source spec src start state static
    stats status storage store stream string strings style styles support sync
    system table tables task tasks template templates terminal test tests text
    theme thread time timer todo token tokens tool tools tree tsconfig type types
    ui update upload url urls user users util utils validate validation validator
    validators value variables vars vendor version versions view views watch web
    webpack widget window worker workers workflow workflows wrapper writer wsgi
    assert ctype errno fcntl float inttypes limits locale pthread setjmp stdarg stdbool
    stddef stdint stdio stdlib time unistd wchar
    """.split()  # noqa: SIM905 - two thousand quotes would hide the words
COMMON_STEMS = frozenset(_WORDS) | sys.stdlib_module_names
