"""French: the words that people text, by what they tell. A word of this language is added here, and nowhere else.

Without accents, lower case. What is listed under a sign tells a wish (`core/sms/signs.py`); `POLITE` adds nothing to
one and takes
nothing from it; `COMMON` is itself, and never a slip of another word.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: "payer paye paie payez payons paies paiement regler reglement verser versement",
    Sign.PAID: """
        payee envoye verse envoyes depose transfere payes verses versee deposes deposee transferes
    """,
    Sign.WILL_PAY: """
        paierai payerai paiera payera paierais effectuerai paierons payerons reglerai reglerons verserai verserons
        enverrai rembourserai jpaierai jpayerai apporterai apporterons
    """,
    Sign.BALANCE: "solde soldes reliquat",
    Sign.OWE: """
        dois devons doit manque reste restent restant restante restants dette dettes arrieres impaye impayes
    """,
    Sign.STATEMENT: """
        releve releves historique liste recapitulatif paiements versements reglements rapport rapports
    """,
    Sign.LOAN: "pret prets credit credits emprunts",
    Sign.BORROW: "emprunter emprunte emprunt preter pretez pretez prete avancez",
    Sign.WISH: "demande demander voudrais veux veu souhaite aimerais besoin cherche obtenir avoir prefere",
    Sign.PROMISE: "promesse promets promettre promettons promis engage",
    Sign.RECEIPT: "quittance quittances recu recus",
    Sign.REFUND: "remboursement rembourser remboursez rembourse rendez rendre restituer restituez recuperer",
    Sign.MOVE: """
        deplacer deplacez transferer transferez basculer basculez reaffectez reaffecter redirigez rediriger
    """,
    Sign.HELP: "aide aidez aider explique expliquez expliquer",
    Sign.LANGUAGE: "langue francais anglais",
    Sign.WHERE: "ouest affiche",
    Sign.MONEY: "argent sous virement",
    Sign.YES: "oui ouais confirmer daccord confirme accepte faitesle vasy allezy continuez poursuivez",
    Sign.NO: "non annuler annule annulez",
    Sign.NOT: "ne pas jamais",
    Sign.SETTLE: """
        solder depot deposer acquitter prelevez prelever prenez envoie apporte debitez debiter acompte avance
        virement lancez lancer cotiser cotise cotisation
    """,
    Sign.CAME: """
        arrive arrivee arrives parvenu parvenus apparait apparaissent recevez vois tombe tombes tombee tombent
        enregistre enregistree credite creditee credites
    """,
    Sign.LEFT: "debite debitee parti preleve sorti retire disparu partis parties partie",
    Sign.MUCH: "combien cmb combn kombien",
    Sign.FEE: "frais scolarite trimestre",
    Sign.KNOW: "savoir connaitre montrez montrer voir consulter situation etat",
    Sign.NEW: "nouveau nouvel",
    Sign.GENUINE: """
        vrai vraie faux fausse authentique valable valide votres delivree delivre emis emise authentifiez
        authentifier
    """,
    Sign.SAME: "inchange inchangee inchanges",
    Sign.ALL: "tout toute tous toutes totalite",
    Sign.MINE: "monpaiement",
    Sign.WOULD: "serait resterait finirait diminuerait baisserait changerait terminerait economiserait resteraient finira",
    Sign.PUT: "mettez changez changer mettre mets passez erreur mauvais mauvaise trompe trompee",
    Sign.IF_PAID: "simuler simulation simulez simule economise economiserai economiserais economiser",
    Sign.WAIT: "patienter patience patientez attendez attendre jusqu",
}
POLITE = """
    je j pour le la les de du des mon ma mes svp s il vous plait merci a au un une et est elle ce cette enfant eleve
    frais scolarite combien quel quelle moi envoyez envoyer verifier changer si ai vais t compte sur vers l d que
    rien mais pas vraie vrai rester qu maintenant bonjour bonsoir salut
"""
COMMON = """
    reunion jour suis ouvre ouvrez ferme heure sujet convoyeur rentree renvoyez vos nos passerai viendrai viendra
    viendrons passer penser parler marche manger porter prendre rester sera serai fera ferai verra pardon monsieur
    madame maman papa bonsoir merci beaucoup toujours encore deja pourquoi comment quand avec sans mais donc alors
    trop tres bien aussi autre autres mois semaine matin soir donne donnez faire fait dire dit aller venir malade
    ecole classe maison travail telephone numero renvoye renvoyee renvoyes renvoyer chasse chassee chasses fils
    fievre appelez rappelez appelle sont ont cas premier premiere histoire egalement eux droit aime aimer aimez sens
    dis pres pris debut debuts loin vue francaise francaises francois lire voix mode vas vieux demi lit voie voies
    marque repondre sept longue tot dos vis projet projets carriere sert permettre parlement venu venus perte verre
    communes appareil dents don rentre tenter sois vecu agent dure repas soutenir langues pape blanc blancs race
    reellement tour tours record peter debat langage archives tort retourne entiere mont solide nee sucre senat
    enfer mene recit aise lis leve refus toit yves pars romain expert accent poete defi effectuer effectue paire
    prit transformer annuel annuelle procede proceder prefet verte moto chant masque ose restes relever reserves
    parvenir acide debit recul restait traverse blanches prie bail banc vols aile hall ment tarif trous senti
    versions rendue sols rendement purement argument opinions neveu niece cousin cousine oncle tante frere soeur
    mari femme voisin voisine grand petit petite enfants uniformes cahier cartable cantine quelles quels chez chaque
    depuis pendant ensuite apres avant demain hier patients patiente apporter prochain prochaine veuf veuve soyez
    salaire hopital retard obtenu avis cote qui par se ca tu ou ils sa aux ete ses lui ces va ans peu te bon vie toi
    ton as es ici vu eu mal fin cet ta nom jeu eau tes loi pu fut mis bas rue sud mai mot roi feu mer ami ah luc eva
    foi guy
"""
SHORT: Mapping[str, str] = {
    "vx": "veux",
    "pyr": "payer",
    "pr": "pour",
    "vs": "vous",
    "tjrs": "toujours",
    "tjs": "toujours",
    "jveux": "veux",
    "cb": "combien",
    "sld": "solde",
    "bjr": "bonjour",
    "bsr": "bonsoir",
    "dc": "donc",
    "qd": "quand",
    "pck": "pourquoi",
    "pq": "pourquoi",
    "rcu": "recu",
    "stp": "svp",
    "jvx": "veux",
    "voudrai": "voudrais",
    "mn": "mon",
    "mtn": "maintenant",
    "aprs": "apres",
    "tt": "tout",
    "ts": "tous",
    "slt": "salut",
    "pk": "pourquoi",
    "vou": "vous",
    "dsl": "desole",
    "koi": "quoi",
    "bcp": "beaucoup",
    "ki": "qui",
    "ke": "que",
    "fo": "faut",
    "dak": "daccord",
    "dac": "daccord",
    "chui": "suis",
    "ds": "dans",
    "ms": "mais",
    "cmment": "comment",
    "cmt": "comment",
    "kan": "quand",
    "svpl": "svp",
    "kmbien": "combien",
    "mnt": "maintenant",
}
"""How a word is shortened."""
PHRASES: Mapping[str, str] = {
    "whatif": (
        "et si|si je|si j|si on paie|si on paye|si nous payons|supposons que je|supposons qu on|suppose que je"
        "|admettons que je|imaginons que je|au cas ou je|mettons que je|a supposer que je|si demain je|si on"
        "|si nous|si je te|si je vous|en payant|en versant|en ajoutant|en remboursant|en soldant"
    ),
    "paierai": (
        "compte payer|comptons payer|ferai le paiement|ferai un paiement|ferai un versement|ferai le versement"
        "|vais payer|vais regler|vais envoyer|vais verser|vais solder|allons payer|va payer|vais rembourser"
        "|aurai paye|aurai verse|aurai regle|pourrai payer|pourrai verser|serai en mesure de payer|pense payer"
        "|espere payer|prevois de payer|veux payer demain|vais completer|vais ajouter|vais deposer|vais apporter"
        "|vais transferer|vais donner|vais finir|vais effectuer|vais effectuer le paiement|vais faire le paiement"
        "|vais faire un paiement|vais faire un versement|passe payer|viens payer|viendrai payer|passerai payer"
        "|vais venir payer|allons regler|allons verser|allons solder|allons completer"
        ""
    ),
    "owe": "fini de payer|termine de payer|a jour",
    "reached": "n est pas la|ne voit pas|vois pas",
    "aide": (
        "sais pas comment|comprends pas|sais pas quoi|comment ca marche|comment payer|comment je paie"
        "|comment je paye|comment faire|comment puis je|comment utiliser|comment marche|comment fonctionne"
        "|comment ca fonctionne|comment on fait|comment on utilise|comment j utilise|que puis je|quoi ecrire"
        "|que faire|que peut on|que peux tu|comment effectuer|comment proceder|comment faire pour payer"
        "|comment envoyer|comment regler|comment rembourser|quelles sont les options|quels sont les services"
        "|quoi faire|que dois je envoyer|que faut il ecrire|qu est ce que j ecris|qu est ce que je dois ecrire"
        "|qu est ce que je peux ecrire|comment se servir|comment ca se passe ici|c est quoi ce numero"
        "|c est quoi ca|a quoi sert ce numero|c est quoi ce service|sert a quoi|a quoi ca sert|qu est ce que c est"
        "|sais pas faire|sais pas utiliser|sais pas ecrire|sais pas m y prendre|sais pas quoi faire|suis perdu"
        "|suis perdue|que pouvez vous faire|que peux tu faire|que savez vous faire"
    ),
    "monpaiement": (
        "mon paiement|notre paiement|mon versement|mon reglement|mon depot|est ce que le paiement|le paiement est"
        "|paiement est il|paiement est t il|est ce que mon paiement"
    ),
    "unchanged": "pas change|pas diminue|pas bouge",
    "saangapi": "quelle heure",
    "okay": "pas de probleme|pas de souci|c est bon|bien sur|ca marche",
    "reste": (
        "reste t il a payer|reste a rembourser|reste a payer|encore a payer|reste a regler|reste a verser"
        "|a apporter|dois apporter|dois je apporter|faut apporter|combien apporter|total du|somme due"
        "|montant du pour|montant total du|montants dus|total a payer|montant a payer|somme a payer|combien payer"
        "|dois payer combien"
    ),
    "paid": (
        "ai paye|ai envoye|ai verse|j ai fait un depot|deja paye|paye deja|deja envoye|deja verse|deja regle"
        "|deja depose|deja transfere|a paye|a envoye|a verse|a regle|a depose|a transfere|ont paye|ont envoye"
        "|ont verse|viens d envoyer|viens de payer|viens de verser|viens de regler|vient de payer|vient d envoyer"
        "|venons de payer|viens de deposer|viens d effectuer|viens de faire le paiement"
        "|viens de faire un paiement|viens de faire un depot|ai deja fait|ai fait le paiement"
        "|ai fait un versement|ai effectue|apres avoir paye|apres avoir verse|apres avoir regle|apres paiement"
        "|tout paye"
    ),
    "parvenu": (
        "avez vous recu|avez recu|as tu recu|ont recu|a t elle recu|a recu|rien recu|bien recu|bien recue|bien recus"
        "|les avez recus|avez recus|avez recue|pas recu"
        "|est arrive|vous avez recu|ete recu|ete recue|ete recus|bien arrive|reception|eu mon argent|eu l argent"
        "|eu mon paiement|eu le paiement|eu mon versement|touche mon argent|vu mon argent|vu mon paiement"
        "|vu le paiement|vu l argent|pas encore passe|pas passe|est pas visible|pas visible|pas encore visible"
        "|pas encore arrive|pas encore recu"
    ),
    "ouest": "ou est|ou sont|ou en est|ou c est|ou se trouve|est ou|sont ou|est passe|sont passes",
    "releve": (
        "etat de compte|extrait de compte|tous mes paiements|mes paiements|quels paiements avez vous recus"
        "|quels paiements|quels versements|paiements recus|quels sont les paiements|quels sont mes paiements"
    ),
    "daccord": (
        "d accord|c est d accord|suis d accord|c est ok|c est oui|c est correct|c est exact|c est bien ca"
        "|ca me va|c est parfait"
    ),
    "non": (
        "non laissez|non laisse|laissez tomber|annulez ca|annule ca|annulez cela|pas ca|pas celui la|oubliez ca"
        "|oublie ca|laissez ca|laisse ca|pas maintenant|pas aujourd hui|je refuse|ne le faites pas|ne le fais pas"
        "|ne faites pas ca|n accepte pas|pas d accord"
    ),
    "faitesle": (
        "faites le|fais le|allez y|vas y|c est ca|faites ca|fais ca|oui faites|ok faites|svp faites"
        "|d accord faites|oui svp faites|oui vous pouvez|vous pouvez y aller|vous pouvez continuer"
        "|vous pouvez proceder"
    ),
    "howmuch": "quelle somme|quel montant",
    "engage": "m engage",
    "help": "que dois je faire|que dois je ecrire|dois je ecrire",
    "statement": "ce que j ai paye|ce que j ai deja paye|montrez mes paiements",
    "push": (
        "sur mon momo|sur mon telephone|sur mon numero|envoyez la demande|envoie la demande"
        "|envoyez moi la demande|envoyez le prompt|envoyez moi le prompt|la requete momo|la demande momo"
        "|la demande de paiement"
    ),
    "wrong": "etait pour|au lieu de|c etait pour",
    "emprunter": (
        "prendre un pret|prendre un credit|contracter un pret|prendre pret|faire un pret|contracter un credit"
        "|en pret|comme pret|a credit"
    ),
    "rester": (
        "reste a la maison|reste a l hopital|reste a la|reste chez|reste au lit|reste avec|reste en|reste au"
        "|restent a la maison|reste dans"
    ),
    "payer": (
        "effectuer un paiement|effectuer le paiement|effectuer paiement|effectuer mon paiement|faire un paiement"
        "|faire le paiement|faire paiement|effectuer un versement|faire un versement|faire le versement"
        "|proceder au paiement|faire un depot|effectuer un depot|faites le paiement|effectuez le paiement"
        "|passer au paiement|ne peux payer que|ne peut payer que|ne pourrai payer que|ne peux verser que"
        "|ne peux donner que|peux payer seulement"
    ),
    "venir": (
        "j arrive|nous arrivons|on arrive|vous arrivez|j arriverai|nous arriverons|bien arrive a la"
        "|arrive a la maison|suis arrive|suis bien arrive|sommes arrives|sommes bien arrives"
    ),
    "remboursement": (
        "veux mon argent|voudrais mon argent|rendez l argent|mon argent en retour|besoin de mon argent"
        "|recuperer mon argent|rendre mon argent|reclame mon argent|reclamer mon argent|retourner mon argent"
        "|retournez mon argent|retournez moi|renvoyez|paye deux fois|envoye deux fois|verse deux fois"
        "|annulez mon paiement|annuler mon paiement|annulez le paiement"
        "|annuler le paiement|de trop|en trop|renvoyez les|renvoyez moi|renvoyez l argent|renvoyer mon argent"
    ),
    "travail": (
        "aidez mon fils|aidez ma fille|aider mon fils|aider ma fille|aidez mon enfant|rendez vous|rendre visite"
        "|rendez visite"
    ),
    "obtenu": "ai recu|ai bien recu|avons recu|avons bien recu|jai recu|g recu|ai deja recu",
    "solde": (
        "ou en suis je|ou j en suis|ou nous en sommes|ou en sommes nous|ouest en suis je|ouest j en suis"
        "|ouest nous en sommes|ouest en sommes nous|si j ai fini de payer|si j ai tout paye"
    ),
    "verser": (
        "laissez moi envoyer|laisse moi envoyer|veux envoyer|voudrais envoyer|souhaite envoyer|laissez moi verser"
        "|je verse|je regle|je depose|je transfere|on verse|nous versons|je vous verse|je vous regle|je vous paie"
        "|je vous paye|je t envoie"
    ),
    "savoir": (
        "savoir si je|savoir si j|savoir si j ai|savoir si|voir si je|voir si j ai|verifier si je"
        "|verifier si j ai|verifiez si"
    ),
    "erreur": ("doit aller sur|devait aller|doit aller|devrait aller|doit etre sur|devait etre|aurait du|devrait etre"),
    "salaire": "la paie|ma paie|la paye|ma paye|jour de paie",
    "debite": "a pris|ont pris|avez pris|m a pris|m a retire|a retire",
}
"""Several words that say one thing, by the one word that says it (of any language)."""
_VERB = "(?:pai|pay|regl|vers|apport|depos|transfer|rembours|acquitt|sold|complet|effectu|amen)"
STEMS: tuple[tuple[str, Sign], ...] = (
    (f"(?:{_VERB}er|enverr)(?:ai|ais|a|ons|ont)", Sign.WILL_PAY),
    ("(?:debit|prelev)(?:er|ez)", Sign.SETTLE),
)
"""Verbs say when within the word."""
PASSING = """
    doit     envoye envoyes enverrai enverrons apporterai rendre rendez rendu recuperer liste historique reste
    restent restant partie parti sorti disparu arrive arrivee arrives depose deposer transferer
"""
"""Words that tell their wish only beside money, or where little else is said."""
