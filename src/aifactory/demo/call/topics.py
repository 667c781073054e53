"""What the invented applicants want to do and what the invented reviewers wrote about: our own words, by field."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One kind of work: what is wrong, what would be built on which data, and who gains."""

    field: str
    title: str
    problem: str
    method: str
    data: str
    gain: str


TOPICS = (
    Topic("health", "Finding lung nodules on low-dose scans", "Radiologists read hundreds of scans a week and small nodules are missed",
          "train a three-dimensional segmentation network with self-supervised pre-training on unlabelled scans", "chest scans with drawn nodules",
          "earlier treatment of lung cancer"),
    Topic("health", "Predicting falls of older patients", "One in three people above 65 falls each year and nobody knows who is next",
          "fit survival models and gradient boosting on medication, gait and earlier falls", "visits to the general practitioner",
          "fewer broken hips"),
    Topic("health", "Short letters from long patient files", "Nurses spend an hour a day on writing transfer letters",
          "fine-tune an open language model on Dutch letters and check every sentence against the file", "anonymised transfer letters",
          "more time at the bedside"),
    Topic("health", "Reading heart rhythm from a wrist", "Atrial fibrillation is often silent until a stroke",
          "train a recurrent network on optical pulse signals and compare it with the electrocardiogram", "pulse signals of volunteers",
          "strokes prevented"),
    Topic("energy", "Forecasting the feed-in of rooftop solar", "Grid operators cannot see the panels behind the meter",
          "combine satellite images of clouds with a graph network over substations", "substation measurements and satellite images",
          "fewer hours in which panels are switched off"),
    Topic("energy", "Where heat leaks from old houses", "Municipalities do not know which streets to insulate first",
          "detect windows, roofs and heat loss on thermal photographs with a convolutional network", "thermal photographs from the air",
          "the right houses first"),
    Topic("energy", "Planning the charging of city buses", "Charging all buses in the evening overloads the transformer",
          "learn a schedule by reinforcement learning in a simulator of the depot", "charging sessions of electric buses",
          "no new transformer needed"),
    Topic("energy", "Early signs of wear in wind turbines", "A gearbox that fails at sea stands still for weeks",
          "find anomalies in vibration spectra with autoencoders trained per turbine", "vibration and temperature of turbines",
          "repairs before the failure"),
    Topic("agriculture", "Counting aphids before they spread", "Growers spray whole fields because they see aphids too late",
          "detect insects on leaf photographs taken by a robot at night", "leaf photographs with marked insects",
          "less spraying"),
    Topic("agriculture", "Potato blight warnings by field", "Regional blight warnings are too coarse for one farm",
          "downscale the weather forecast and model the infection pressure for each field", "weather stations and reports of blight",
          "a third fewer treatments"),
    Topic("agriculture", "Milk yield and the health of cows", "Mastitis shows in the milk days before it shows in the cow",
          "model the milk curve of every cow and flag departures from it", "milking robot records",
          "healthier cows and fewer antibiotics"),
    Topic("agriculture", "Peat meadows from space", "Lowering groundwater makes peat emit greenhouse gas and nobody measures it by parcel",
          "estimate soil moisture per parcel from radar images and a physical water model", "radar images and groundwater wells",
          "emissions that can be paid for when they fall"),
    Topic("manufacturing", "Weld inspection without destroying the part", "One weld in fifty is cut open to test it",
          "classify ultrasound recordings of welds with a transformer on spectrograms", "ultrasound recordings of welds",
          "every weld tested"),
    Topic("manufacturing", "Colour that matches from batch to batch", "Paint batches are corrected by hand three times on average",
          "learn the mixing correction from spectra with Bayesian optimisation", "spectra of paint batches",
          "less waste paint"),
    Topic("manufacturing", "Tool wear on milling machines", "Tools are replaced by the clock whether worn or not",
          "predict the remaining life of a tool from spindle current and sound", "spindle current and sound",
          "fewer tools thrown away"),
    Topic("manufacturing", "Reading old technical drawings", "Thirty thousand paper drawings cannot be searched",
          "read dimensions, symbols and materials from scans with a vision-language model", "scanned technical drawings",
          "parts reused instead of designed again"),
    Topic("mobility", "Cyclists at traffic lights", "Lights see cars by loops in the road and cyclists not at all",
          "detect and count cyclists on camera at the light without keeping an image", "short video at four crossings",
          "green waves for cyclists"),
    Topic("mobility", "When does the bridge open", "Ships and ambulances surprise each other at every opening bridge",
          "predict arrivals of ships from their position signals with a sequence model", "position signals of ships",
          "ambulances that choose another way in time"),
    Topic("mobility", "Parcels by boat and bicycle", "Delivery vans fill the inner city each morning",
          "plan routes over water and bicycle with a learned heuristic for vehicle routing", "parcel deliveries per postcode area",
          "half the vans"),
    Topic("mobility", "Cracks in asphalt seen from a bus", "Road inspection comes once in two years",
          "segment cracks on dash camera video of city buses, with faces and plates removed on the bus", "dash camera video",
          "repairs while a crack is small"),
    Topic("government", "Plain language for official letters", "One in five residents cannot follow a letter of the municipality",
          "fine-tune an open language model to rewrite letters, judged by readers with low literacy", "letters with a rewritten version",
          "letters that people can act on"),
    Topic("government", "Sorting permit applications", "Permits wait three weeks before a person opens them",
          "classify the kind of permit and what is missing, and explain the reason in one sentence", "permit applications of six municipalities",
          "an answer on the same day to what is missing"),
    Topic("government", "Flood water in the streets", "Cloudbursts flood other streets than the map says",
          "emulate a hydraulic model of streets and sewers with a neural operator", "runs of a hydraulic model and rain radar",
          "pumps at the right place"),
    Topic("government", "Asking the archive in one's own words", "Council minutes of two centuries are scanned and cannot be searched",
          "recognise handwriting, then index it for questions with an embedding model", "scanned minutes of the council",
          "history that every resident can find"),
)  # fmt: skip

FIELDS = tuple(dict.fromkeys(topic.field for topic in TOPICS))
