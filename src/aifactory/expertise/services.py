"""What the expertise centre does: each service in a sentence. Its name is that of `Case.Service`."""

from aifactory.expertise.models import Case
from aifactory.kit.bilingual import Text

WHAT: dict[str, Text] = {
    Case.Service.START: Text(
        en="An adviser looks at your problem with you, says whether AI helps, and helps with the first job.",
        nl="Een adviseur bekijkt uw probleem met u, zegt of AI helpt, en helpt bij de eerste taak.",
    ),
    Case.Service.DATA: Text(
        en="Describing, cleaning and moving your data, so that a job can read it.",
        nl="Uw gegevens beschrijven, schonen en verplaatsen, zodat een taak ze kan lezen.",
    ),
    Case.Service.MODEL: Text(
        en="Choosing a model, and testing it against a simpler one.",
        nl="Een model kiezen, en het testen tegen een eenvoudiger model.",
    ),
    Case.Service.SCALE: Text(
        en="Measuring how a job does on one node before it runs on many.",
        nl="Meten hoe een taak het op één node doet voordat zij op veel nodes draait.",
    ),
    Case.Service.LAW: Text(
        en="What the AI Act, the GDPR and ethics ask of your work, before it begins.",
        nl="Wat de AI-verordening, de AVG en de ethiek van uw werk vragen, voordat het begint.",
    ),
}
