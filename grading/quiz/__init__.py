"""The book's questions as question banks for course systems: `python -m grading.quiz`.

`items` makes of each variant what all banks hold: texts, answers, hints, pictures. `qti12` and
`qti21` write it in the two editions of QTI that course systems read.
"""
