"""Words that say nothing of a subject, in English and Dutch, and the cutting of plural endings."""

import re

STOP_WORDS = frozenset(
    """
    about above after again against all also although am among an and any are as at be because been before being
    below between both but by can cannot could did do does doing down during each either et al etc few for from
    further had has have having he her here hers herself him himself his how however if in into is it its itself
    just let many may me might more moreover most much must my neither no nor not now of off on once one only or
    other our ours out over own per rather same shall she should since so some such than that the their theirs
    them then there thereby therefore these they this those though through thus to too toward towards two under
    until up upon us use used uses using via very was we were what when where whereas whether which while who
    whom whose why will with within without would yet you your yours

    approach based demonstrate different existing known method new novel paper present propose proposed
    provide result results show shows shown study various well work

    aan al alle alleen als ander andere ben bij binnen daar dan dat de der deze die dit doen door dus een
    eens en er gebruik gebruikt geen haar heb hebben heeft het hier hij hoe hun iets ik in is ja je kan kunnen
    maar meer met mijn moet na naar niet niets nieuw nieuwe nog nu of om omdat onder ons ook op over reeds te
    tegen toch toen tot uit uw van veel via voor waar waren was wat we welke werd wezen wie wij wil worden
    wordt zal ze zich zij zijn zo zonder zou
    """.split()
)


def stem(word: str) -> str:
    """Cut an English plural (Harman 1991, the S-stemmer); other words stay as they are."""
    if len(word) > 4 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("es") and not word.endswith(("aes", "ees", "oes", "sses", "shes", "ches", "xes")):
        return word[:-1]
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("us", "ss", "is")):
        return word[:-1]
    return word


#: frequent words of one language that are no words of the other
_ENGLISH = frozenset("the of and to that is with for this are by from which be we our it as not have".split())
_DUTCH = frozenset("de het een en van dat met voor niet zijn op te die wij ook door wordt bij naar aan om".split())


def language_of(text: str) -> str | None:
    """Return `en` or `nl` where frequent words say so clearly (5 or more, and twice the other's); else None."""
    found = re.findall(r"[a-z]+", text.casefold())
    english, dutch = sum(word in _ENGLISH for word in found), sum(word in _DUTCH for word in found)
    if max(english, dutch) < 5:
        return None
    if english >= 2 * dutch:
        return "en"
    return "nl" if dutch >= 2 * english else None
