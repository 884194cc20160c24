"""The old name of `helpers.fields.reader`, until nobody imports it any more."""

from helpers.fields.reader import CUT_SHORT as CUT_SHORT
from helpers.fields.reader import PAYLOAD as PAYLOAD
from helpers.fields.reader import REST as REST
from helpers.fields.reader import Part as Part
from helpers.fields.reader import Reader as Reader
from helpers.fields.reader import Show as Show
from helpers.fields.reader import filling as filling
from helpers.fields.reader import hexadecimal as hexadecimal
from helpers.fields.reader import payload as payload
from helpers.fields.reader import shown as shown
from helpers.fields.reader import text_of as text_of
