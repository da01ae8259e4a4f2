"""Plain names for the ordinary people of the seed. Any likeness is chance."""

from __future__ import annotations

# fmt: off
FIRST = [
    "Ada", "Alan", "Amara", "Anders", "Beatrix", "Bruno", "Carla", "Cedric", "Chiara", "Dana",
    "Darius", "Edith", "Elio", "Emre", "Esther", "Farah", "Felix", "Gemma", "Gustav", "Hana",
    "Hugo", "Ines", "Ivan", "Jade", "Jonas", "Kaya", "Kenji", "Laila", "Leon", "Marta", "Milo",
    "Nadia", "Nils", "Olga", "Omar", "Paula", "Pavel", "Quinn", "Rosa", "Ruben", "Sana",
    "Silas", "Tara", "Theo", "Uma", "Viktor", "Wanda", "Xenia", "Yara", "Zoltan",
]
LAST = [
    "Abbott", "Ahlgren", "Bakker", "Barros", "Castell", "Chaudry", "Dahl", "Delgado", "Eriksen",
    "Espino", "Farkas", "Fontaine", "Gallo", "Grieve", "Haddad", "Holloway", "Ibarra",
    "Ivarsson", "Jansen", "Jolly", "Kaplan", "Kovacs", "Larkin", "Lindqvist", "Mahler",
    "Moreau", "Nakata", "Novak", "Okafor", "Olsen", "Pereira", "Quigley", "Rasmus", "Rinaldi",
    "Sandoval", "Sorensen", "Tanaka", "Thorne", "Ueda", "Urbina", "Vance", "Vogel", "Weiss",
    "Wong", "Xu", "Yilmaz", "Young", "Zapata", "Zeller", "Zimmer",
]
TITLES = [
    "Account Manager", "Analyst", "Buyer", "Controller", "Designer", "Engineer",
    "Field Technician", "HR Partner", "Office Manager", "Paralegal", "Planner", "Recruiter",
    "Sales Lead", "Support Specialist",
]
DEPARTMENTS = [
    "Engineering", "Finance", "Legal", "Marketing", "Operations", "People", "Sales", "Support",
]
# fmt: on
QUEUES = ["Billing questions", "Support EMEA"]
