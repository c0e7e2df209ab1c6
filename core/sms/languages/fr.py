"""French: the words that people text, by what they tell. A word of this language is added here, and nowhere else.

Without accents, lower case. What is listed under a sign tells a wish (`core/sms/signs.py`); `POLITE` adds nothing to
one and takes
nothing from it; `COMMON` is itself, and never a slip of another word.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from core.sms.signs import Sign


def _each(*parts: str) -> str:
    """Each of the first before each of the next ones; nothing is one of them too (`|deja`)."""
    return "|".join(" ".join(said) for said in product(*(part.split("|") for part in parts)))


SAID: Mapping[Sign, str] = {
    Sign.PAY: """
        payer paye paie payez payons paies paient payent paiement reglez reglons versez versons regler
        reglement verser versement
    """,
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
    Sign.WISH: """
        demande demander demandons voudrais voudrions veux veu voulons souhaite souhaitons souhaiterais souhaiterions
        desire desirons desirerais aimerais aimerions besoin cherche cherchons sollicite sollicitons solliciter obtenir
        avoir prefere
    """,
    Sign.PROMISE: "promesse promets promettre promettons promis engage",
    Sign.RECEIPT: "quittance quittances recu recus",
    Sign.REFUND: "remboursement rembourser remboursez rembourse rendez rendre restituer restituez recuperer",
    Sign.MOVE: """
        deplacer deplacez transferer transferez basculer basculez reaffectez reaffecter redirigez rediriger
    """,
    Sign.HELP: "aide aidez aider explique expliquez expliquer",
    Sign.LANGUAGE: "langue francais anglais",
    Sign.WHERE: "ouest affiche",
    Sign.MONEY: "argent argentparti sous virement",
    Sign.YES: """
        oui ouais confirmer daccord confirme confirmons accepte acceptons faitesle vasy allezy continuez
        poursuivez
    """,
    Sign.NO: "non annuler annule annulez",
    Sign.NOT: "ne pas jamais",
    Sign.SETTLE: """
        solder depot deposer acquitter acquitte prelevez prelever preleve prenez prends prendre preniez
        preleviez debitiez retiriez enleviez envoie apporte debitez debiter debite acompte avance virement
        lancez lancer cotiser cotise cotisation encaissez encaisser encaisse deposez deposons acquittez
        acquittons cotisez cotisons envoyons enlevez enlever enleve retirez retirer retire tirez tirer tire
        coupez couper coupe ponctionnez ponctionner percevez percevoir puisez puiser mettez mets mettre
        ajoutez ajouter
    """,
    Sign.CAME: """
        arrive arrivee arrives parvenu parvenus apparait apparaissent recevez vois tombe tombes tombee tombent
        enregistre enregistree credite creditee credites
    """,
    Sign.LEFT: """
        debitee parti sorti disparu partis parties partie argentparti debites debitees preleves prelevee
        prelevees retiree retires
    """,
    Sign.MUCH: "combien cmb combn kombien",
    Sign.FEE: "frais scolarite trimestre minerval ecolage facture factures",
    Sign.KNOW: "savoir connaitre montrez montrer voir consulter situation etat",
    Sign.NEW: "nouveau nouvel",
    Sign.GENUINE: """
        vrai vraie faux fausse authentique valable valide votres delivree delivre emis emise authentifiez
        authentifier
    """,
    Sign.SAME: "inchange inchangee inchanges",
    Sign.ALL: "tout toute tous toutes totalite",
    Sign.MINE: "monpaiement",
    Sign.WOULD: """
        serait resterait finirait diminuerait baisserait changerait terminerait economiserait resteraient
        finira
    """,
    Sign.PUT: """
        corrigez corriger rectifiez rectifier affectez affecter imputez imputer attribuez attribuer mettez
        changez changer mettre mets passez erreur mauvais mauvaise trompe trompee
    """,
    Sign.IF_PAID: "simuler simulation simulez simule economise economiserai economiserais economiser",
    Sign.WAIT: "patienter patience patientez attendez attendre jusqu",
}
POLITE = """
    je j pour le la les de du des mon ma mes svp s il vous plait merci a au un une et est elle ce cette enfant eleve
    frais scolarite combien quel quelle moi envoyez envoyer verifier changer si ai vais t compte sur vers l d que
    rien mais pas vraie vrai rester qu maintenant bonjour bonsoir salut allo coucou monsieur madame mademoiselle mme
    mr messieurs dame papa maman tonton tata tantie tante oncle frere soeur fils garcon cher chere chers cheres ami
    amie amis chef patron boss patronne directeur directrice comptable caisse caissier caissiere intendant econome
    tresorier tresoriere beaucoup infiniment  dieu seigneur eternel gloire benisse benissent benie beni
    protege amen salutations respects hommages respect bonne bon journee soiree nuit cordialement respectueusement
    chretien christ enfants notre nos vos votre petit petite eleves pere mere grand ici aussi bien donc alors
    stp cest jai veuillez priere mercis tuteur tutrice parrain marraine tous toute equipe excusez excuse famille pardon en fille te
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
    foi guy pin tel dun dus max min net cr eh bah mat jan avr aout juil juin oct nov dec tps vrm qqc ho mm lot fc tva
    vraiment nouvelles veut surtout accord notamment beau belle simple voit voient voyez partout poste postes present
    presente presenter economique economie economies changement regles calme camp dessous journaliste cafe the
    remettre ame atteindre surement indique indiquer alle allee allees bar vetements constitue commande commandes
    presentation realisation alliance passion passent doigt doigts jusque lie liee reconnaitre bloc inverse debats
    reputation traces transition rapporte attendent demandent demandez demandes pretre pretres assis assise assiste
    assistant assistante enregistrement organise organisee paysage pays paysan paysans paysanne representer vivement
    chercher cherchent cherchez laissent sons restee prevoir demontrer prononce cave contribue annonces avancee helas
    romains transformee chaussee chaussures indices pretend conforme aire arrets cage pretendre pate verres apport dors
    franchise partiellement soumettre chercheur lave laver refusent refuse continuite rende rendra rendent rendront
    manques manquez manquent aine ainee aines avent ait soient present tomber tombera confirmation nouvelle
    recommande remercie remercier remercions espere esperons souhaits prie prions supplie deuil deces decede mort morte
    enterrement mariage dot bapteme messe eglise paroisse pasteur priere culte village champ champs recolte saison
    pluie pluies marche boutique commerce client clients vache vaches chevre chevres poules haricots manioc mais riz
    tomates moto taxi bus route pont voyage ville maitre maitresse professeur prof profs surveillant prefet bulletin
    examen examens points notes note devoir devoirs sortie punition uniforme cantine vacances conge conges reseau
    courant batterie argentin medicament medicaments docteur clinique dispensaire accouche bebe hospitalise
    hospitalisee guerison sante fete noel paques anniversaire voleur voleurs escroc escrocs prix coute coutent
    cher achete acheter vendre vendu vends vendons repondre reponds reponse rappelle rappelles ecrire ecrit ecris
    appeler appele appelee tranche mensualite echeance echeances interet interets taux garantie avaliseur agent agents
    guichet banque pension bourse prime revient revenu revenue retourne retournee quitte quittee rentrera rentrent
    entre entree entrees papier papiers enveloppe preuve temps trouver trouve trouvez
    region regions parent parents aient desir desirs delire demandant attirer recherche recherches apprendre apprends
    apprenez apprend completement emission processus besoins engagement sors tome realisee terminee terminees termine
    passera transforme continu ayez francoise solides enregistrer appart parente verset versets paris attire couple
    tirage coupure route voisins voisines retrouver retrouve revoir suivre suivi cherchait
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
    "s.v.p": "svp",
    **{
        short: word
        for word, shorts in {
            "dois": "jdois jdoi jdoit jdwa",
            "veux": "jveu jve jveut",
            "voudrais": "jvoudrais jvoudrai voudrait",
            "paye": "jpaye jpay peye",
            "paie": "jpaie jpai",
            "payer": "peyer payr",
            "verser": "jverse jregle jdepose",
            "envoie": "jenvoie jenvoi jenvois jenvoye",
            "vais": "jvais jvai",
            "vous": "jvous jvs",
            "suis": "jsuis jsui jss",
            "peux": "jpeux jpeu",
            "demande": "jdemande",
            "cherche": "jcherche",
            "accepte": "jaccepte jaccept",
            "confirme": "jconfirme",
            "promets": "jpromets jpromet",
            "attends": "jattends jatten",
            "combien": "cbien cmbien cmbn cmbin kbien kbn cbn combn comben conbien konbien combient combiens cmbein combie",
            "quoi": "qoi quoa kwoi",
            "jamais": "jms jamai",
            "argent": "largent dargent arjan larjan argen",
            "ecole": "lecole ekol lekol",
            "anglais": "langlais",
            "agent": "lagent",
            "enfant": "lenfant",
            "eleve": "leleve",
            "telephone": "tel",
            "numero": "num",
            "message": "msg mesg",
            "deja": "dja deha",
            "svp": "stplait silvouple silvouplait svouplait siouplait silteplait sivouple svpl",
            "merci": "mrc mrci mersi merki mci",
            "bonjour": "bj bjour bonjr bnjr bnj bjrs bjrr bonj",
            "bonsoir": "bsoir bonswar bswar bnsoir",
            "apres": "apre",
            "prochain": "prchain prochin prochen",
            "paiement": "paiemen paiment payement paimen pment paiemt",
            "versement": "versemnt versmt versemen",
            "remboursement": "rembourst remboursemen",
            "releve": "rlve relve rlv releves",
            "vraiment": "vrmt vrm vrment",
            "aide": "laide",
            "reste": "rst",
            "montant": "mt mtant montan",
            "oui": "ouii ouiii ouiiii wi wii woui ui oue ouai",
            "non": "nn nnn nonn",
            "vingt": "vint ving",
            "mille": "milles",
            "cinq": "sinq cink",
            "quinze": "kinz kinze quinz",
            "trente": "trante trent",
            "quarante": "karante quarant",
            "cinquante": "cinkante cinquant sinkante",
            "deux": "deu",
            "trois": "troi trwa",
            "quatre": "katre",
            "possible": "posible",
            "ok": "okok okk okey oki okkk okok",
        }.items()
        for short in shorts.split()
        if short.isalpha()
    },
}
"""How a word is shortened."""
_HAS = "ai|jai|g|ge|avais|javais|avons|avions|ont|avait|avaient"
_HAS_DONE = f"{_HAS}|a"
_ALREADY = "|deja|bien|quand meme|aussi|enfin|encore|pourtant|du|pu|meme"
_DONE = "paye|regle|verse|envoye|transfere|depose|cotise|acquitte|rembourse|solde"
_PAID = "paye|payer|regle|regler|verse|verser|envoye|envoyer|transfere|transferer|depose|deposer|cotise|acquitte"
_GAVE = "mis|remis|donne|donner|avance|ajoute|balance|lache|vire|soumis"
_TOOK = "debite|preleve|retire|coupe|enleve|pris|tire|encaisse|ponctionne|soustrait|deduit|bouffe|mange"
_IF = (
    "si je|si j|si on|si nous|si jamais je|si jamais j|si jamais on|si par hasard je|si un jour je|et si"
    "|si demain je|si ce mois je|si moi je|supposons que je|supposons qu on|supposons que nous|supposons que j|suppose que je"
    "|admettons que je|admettons que j|imaginons que je|imaginons que j|imagine que je|mettons que je|au cas ou je"
    "|a supposer que je|disons que je|si je te|si je vous|si demain on|si demain nous|des fois que je"
)
PHRASES: Mapping[str, str] = {
    "whatif": (
        f"{_IF}|"
        "en payant|en versant|en ajoutant|en remboursant|en soldant|en mettant|en donnant|en avancant|en reglant"
        "|imaginons|supposons|que se passe t il si|que se passerait il|que se passe il si"
    ),
    "paierai": (
        "compte payer|comptons payer|ferai le paiement|ferai un paiement|ferai un versement|ferai le versement"
        "|vais payer|vais regler|vais envoyer|vais verser|vais solder|allons payer|va payer|vais rembourser"
        "|aurai paye|aurai verse|aurai regle|pourrai payer|pourrai verser|serai en mesure de payer|pense payer"
        "|espere payer|prevois de payer|veux payer demain|vais completer|vais ajouter|vais deposer|vais apporter"
        "|vais transferer|vais donner|vais finir|vais effectuer|vais effectuer le paiement|vais faire le paiement"
        "|vais faire un paiement|vais faire un versement|passe payer|viens payer|viendrai payer|passerai payer"
        "|vais venir payer|allons regler|allons verser|allons solder|allons completer|vais honorer|vais cloturer"
        "|vais terminer de payer|vais finir de payer|vais avancer|vais ajouter|vais vous envoyer|vais vous payer"
        "|vais vous verser|vais vous donner|vais vous regler|vais vous rembourser|allons payer|allons envoyer"
        "|allons donner|va regler|va verser|va envoyer|va rembourser|va solder|vont payer|compte regler"
        "|compte verser|compte envoyer|compte rembourser|pense verser|pense regler|pense envoyer|espere regler"
        "|espere verser|espere envoyer|prevois de regler|prevois de verser|prevoyons de payer|pourrons payer"
        "|pourrai regler|pourrai envoyer|pourra payer|viendrons payer|passerons payer|viens regler|passe regler"
        "|passerai regler|viendrai regler|viendrai verser|viendrai deposer|passerai deposer|passerai verser"
        "|viendra payer|passera payer"
    ),
    "owe": (
        "fini de tout payer|tout fini de payer|fini de payer tout|fini tous les frais|fini toute la scolarite"
        "|suis je en ordre|suis je a jour|suis je en regle|est il en ordre|est elle en ordre|sont ils en ordre"
        "|un arriere|d arriere|mon arriere|encore en dette|suis endette|tout est paye|tout est regle"
        "|tout est solde|j ai tout regle|fini de payer|termine de payer|a jour|retard et de combien"
        "|retard de combien|combien de retard|redevable|redevables|en ordre de paiement|en ordre avec"
        "|en ordre pour|en regle avec|en regle pour|suis en ordre|suis en regle|fini avec les frais|fini les frais"
        "|termine les frais"
    ),
    "reached": (
        "n est pas la|ne voit pas|vois pas|voit rien|voient rien|voient pas|vois rien|voyez rien|voyez pas"
        "|c est rentre|c rentre|cest rentre|ca rentre|bien rentre chez|ca a atterri|a atterri|c est chez vous"
        "|argent est chez vous|c est deja la|c est la ou pas|tarde a arriver|argent est rentre|argent est entre"
        "|bien entre|ca sort pas|figure pas|ne bouge|rien ne bouge"
    ),
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
        "|suis perdue|que pouvez vous faire|que peux tu faire|que savez vous faire|peut faire quoi|peux faire quoi"
        "|fait quoi ici|faire quoi ici|peut demander ici|peut on demander|qu on peut demander|peux demander ici"
        "|peut on faire|qu on peut faire|les mots a taper|quels mots|quel mot|quoi taper|taper quoi|tape quoi"
        "|tape on quoi|mettre quoi|quoi mettre|ecrire quoi|ecris quoi|ecrit quoi|quoi envoyer|envoyer quoi"
        "|envoie quoi|ecrire comment|comment ecrire|comment vous ecrire|comment on ecrit|comment on vous"
        "|comment on paie|comment on paye|comment utilise|comment s utilise|comment se sert|comment m y prendre"
        "|mode d emploi|fait comment ici|faire comment|fait comment pour|on fait comment avec|comprends rien"
        "|comprends plus|comprend pas|comprend rien|sais plus comment|sais plus quoi|pas compris comment"
        "|montrez moi comment|montre moi comment|expliquez moi|explique moi|quelles commandes"
        "|quelles sont les commandes|faut ecrire quoi|faut taper quoi|faut envoyer quoi|faut il taper"
        "|dois je taper|dois taper"
    ),
    "monpaiement": (
        "mon paiement|notre paiement|mon versement|mon reglement|mon depot|est ce que le paiement|le paiement est"
        "|paiement est il|paiement est t il|est ce que mon paiement"
    ),
    "unchanged": "pas change|pas diminue|pas bouge",
    "saangapi": "quelle heure",
    "dieu": (
        "que dieu vous donne|que dieu te donne|dieu vous donne|dieu te donne|longue vie|vous le rende"
        "|vous le rendra|te le rende|te le rendra|au centuple|vous le rendra au centuple|vous le rende au centuple"
    ),
    "merci": (
        "merci pour votre patience|merci pour ta patience|merci de votre patience|merci de ta patience"
        "|pour votre comprehension|de votre comprehension|excusez moi encore|pardon encore|encore pardon"
        "|encore merci|merci encore|encore une fois merci|merci d avance|merci par avance|bonne comprehension"
        "|merci de comprendre|a bientot|bon courage|bon travail|bon dimanche|bon week end|bonne semaine"
        "|bonne fin de journee|bonne continuation"
    ),
    "okay": (
        "tu as bien compris|vous avez bien compris|pas de probleme|pas de souci|c est bon|bien sur|ca marche"
        "|cest bon|c bon|ces bon|sans probleme|ca roule|ca joue|pas de soucis|c est entendu|bien entendu|parfait"
        "|impeccable|volontiers|absolument|exactement|tout a fait"
    ),
    "restante": (
        "payer quoi|payer quoi encore|faut combien|il faut combien|faut il combien|verser quoi|apporter quoi"
        "|je reste avec combien|reste avec combien|nous restons avec combien|restons avec combien|mon du"
        "|mon du total|montant exact a payer|somme exacte a payer|chasse pour combien|renvoye pour combien"
        "|chassee pour combien|renvoyee pour combien|total restant|ce qui me reste|ce qui reste|ce qu il me reste"
        "|ce qu il reste|qu est ce qui reste|quoi reste|reste avec quoi|doit on encore|dois je encore"
        "|devons nous encore|doit il encore|doit elle encore|combien de tranches|reste t il a payer"
        "|reste a rembourser|reste a payer|encore a payer|reste a regler|reste a verser|a apporter|dois apporter"
        "|dois je apporter|faut apporter|combien apporter|total du|somme due|montant du pour|montant total du"
        "|montants dus|total a payer|montant a payer|somme a payer|combien payer|dois payer combien"
        "|faut encore verser|faut encore payer|dois encore payer|dois encore verser|reste encore a payer"
        "|reste encore a verser|faut verser encore|combien faut il payer|combien il faut payer|faut payer combien"
        "|combien faut il verser|combien il faut verser|faut verser combien|combien je dois payer"
        "|combien dois je payer|combien dois je verser|somme restante|solde restant|montant restant"
        "|combien on me reclame|me reclame combien|reclame combien|reclamez combien|reclament combien"
        "|reclame encore combien|combien vous me reclamez|combien me reclamez|me reclame encore combien"
        "|reste t il encore|reste t il|me reste t il|reste il|reste a paye|reste a regle|a paye combien"
        "|reste t il a regler|reste t il a verser|reste t il a donner|reste t il a rembourser"
        "|reste t il quelque chose a payer|reste t il quelque chose|quoi a payer|quoi a verser|ardoise"
        "|quelque chose a payer|combien a payer|a payer combien|combien a verser|encore a verser|encore a regler"
        "|encore a donner|reste a donner|restant a payer|restante a payer|restants a payer|reste du|restant du"
        "|solde du"
    ),
    "paid": (
        "paiement effectue|paiement fait|versement effectue|versement fait|depot fait|depot effectue"
        "|transfert effectue|transfert fait|virement fait|virement effectue|envoi fait|ai paye|ai envoye|ai verse"
        "|j ai fait un depot|deja paye|paye deja|deja envoye|deja verse|deja regle|deja depose|deja transfere"
        "|a paye|a envoye|a verse|a regle|a depose|a transfere|ont paye|ont envoye|ont verse|viens d envoyer"
        "|viens de payer|viens de verser|viens de regler|vient de payer|vient d envoyer|venons de payer"
        "|viens de deposer|viens d effectuer|viens de faire le paiement|viens de faire un paiement"
        "|viens de faire un depot|ai deja fait|ai fait le paiement|ai fait un versement|ai effectue"
        "|apres avoir paye|apres avoir verse|apres avoir regle|apres paiement|tout paye|"
        + _each(_HAS, _ALREADY, _PAID)
        + "|"
        + _each("a", _ALREADY, _DONE)
        + "|"
        + _each(
            _HAS_DONE,
            _ALREADY,
            "fait|effectue",
            "le|un|mon|notre|ce",
            "paiement|versement|depot|virement|transfert|reglement|envoi",
        )
        + "|"
        + _each(
            "viens|vient|venons|viennent",
            "de",
            "vous|te|lui|leur|nous",
            "envoyer|payer|verser|regler|transferer|rembourser|deposer",
        )
        + "|"
        + _each(
            "viens|vient|venons|viennent",
            "d envoyer|de payer|de verser|de regler|de deposer|de transferer|de faire le paiement|de faire un paiement"
            "|de faire le depot|de faire un depot|de faire le versement|de faire un versement|d effectuer"
            "|de rembourser|de vous payer|de vous verser|de vous transferer",
        )
        + "|"
        + _each("vous|t|te", _HAS, _ALREADY, _PAID)
        + "|"
        + _each("deja", "paye|payer|regle|verse|envoye|depose|transfere|rembourse|solde|cotise")
        + "|"
        + _each(_HAS, _ALREADY, "rembourse|solde")
    ),
    "debitee": (
        _each(_HAS, _ALREADY, _GAVE)
        + "|"
        + _each("a", _ALREADY, "mis|remis|donne|lache")
        + "|"
        + _each("m|nous|t|me|lui|l|leur", "a|ont|avez|as|aviez|avait", _ALREADY, _TOOK)
        + "|"
        + _each("ete|est|etait|sont|compte", "debite|preleve|retire|coupe|enleve|ponctionne|debitee|prelevee|retiree")
        + "|a debite|a preleve|a pris|ont pris|avez pris|avez preleve|avez debite|avez retire|ont preleve|ont debite"
        "|ont retire|a retire|a fait debit|a fait un debit|vu un debit|ma debite|ma preleve|ma coupe|ma retire"
        "|ma pris|ma enleve|vient de me prelever|vient de me debiter|vient de me retirer|vient de me couper"
        "|vient de m enlever|viennent de me prelever|viennent de me debiter|viens de donner|viens de mettre"
        "|viens de remettre|vient de donner|venons de donner"
    ),
    "parvenu": (
        "est il entre|est il bien entre|est il bien rentre|est il bien passe|est il bien arrive|est il arrive"
        "|est il parvenu|sont ils arrives|sont elles arrivees|est elle arrivee|pas de quittance"
        "|pas eu de quittance|pas encore de quittance|sans quittance|aucune quittance|pas de recu"
        "|pas encore de recu|aucun recu|pas encore eu|attends la confirmation|attends toujours la confirmation"
        "|attends confirmation|attends le recu|attends la quittance|pas de reponse|aucune reponse|reussi ou pas"
        "|a reussi|est reussie|pas abouti|a abouti|n a pas abouti|a echoue|est en attente|avez vous recu|avez recu"
        "|as tu recu|ont recu|a t elle recu|a recu|rien recu|bien recu|bien recue|bien recus|les avez recus"
        "|avez recus|avez recue|pas recu|est arrive|vous avez recu|ete recu|ete recue|ete recus|bien arrive"
        "|reception|eu mon argent|eu l argent|eu mon paiement|eu le paiement|eu mon versement|touche mon argent"
        "|vu mon argent|vu mon paiement|vu le paiement|vu l argent|pas encore passe|pas passe|est pas visible"
        "|pas visible|pas encore visible|pas encore arrive|pas encore recu|l avez vu|lavez vu|l avez vue"
        "|les avez vus|les avez vu|avez vu passer|l as vu|avez vu arriver|l avez trouve|les avez trouves"
        "|avez bien eu|avez eu|avez vous bien eu|avez vous eu|l avez eu|les avez eus|avez compte|compte ca"
        "|vous est parvenu|vous sont parvenus|est il passe|est elle passee|est il rentre|c est passe|cest passe"
        "|c passe|bien passe|est bien passe|a bien passe|passe ou pas|ca se voit|pas de confirmation"
        "|sans confirmation|pas eu de message|pas eu de confirmation|pas eu de recu|aucun message de vous"
        "|aucune confirmation|aucun message|l a recu|pas recu de message|vu cet argent|vu cette somme"
        "|vu ce paiement|trouve le paiement|trouve mon paiement"
    ),
    "ouest": "ou est|ou sont|ou en est|ou c est|ou se trouve|est ou|sont ou|est passe|sont passes",
    "releve": (
        "extrait de mon compte|extrait du compte|un extrait|tous paiements|paiements effectues"
        "|versements effectues|paiements faits|versements faits|etat de compte|extrait de compte"
        "|tous mes paiements|mes paiements|quels paiements avez vous recus|quels paiements|quels versements"
        "|paiements recus|quels sont les paiements|quels sont mes paiements|mes operations|toutes les operations"
        "|toutes mes operations|les operations|mes transactions|toutes mes transactions|mes mouvements"
        "|mouvements du compte|mouvements de mon compte|mouvement de mon compte|mes versements|tous mes versements"
        "|mes reglements|tous les versements|tous les paiements|j ai donne combien|combien j ai donne"
        "|j ai deja donne combien|combien j ai deja donne|combien ai je donne|combien ai je deja paye"
        "|combien ai je paye|combien ai je verse|combien j ai paye|combien j ai deja paye|combien j ai verse"
        "|combien j ai deja verse|j ai paye combien|j ai deja paye combien|j ai verse combien"
        "|j ai deja verse combien"
    ),
    "daccord": (
        "d accord|c est d accord|suis d accord|c est ok|c est oui|c est correct|c est exact|c est bien ca|ca me va"
        "|c est parfait|cest correct|cest exact|cest parfait|c correct|suis partant|suis partante|marche conclu"
        "|cest daccord|cest d accord|cest ok|cest oui|ca me convient|me convient|suis ok"
    ),
    "non": (
        "surtout pas|suis pas d accord|ne suis pas d accord|pas daccord|suis pas daccord|ne suis pas daccord"
        "|n est pas correct|n est pas ca|c est pas ca|cest pas ca|c pas ca|ce n est pas ca|ce n est pas correct"
        "|pas correct|n en veux pas|n en veux plus|ne confirme pas|confirme pas|ne valide pas|ne validez pas"
        "|ne confirmez pas|n acceptons pas|non laissez|non laisse|laissez tomber|laisse tomber|non laissez tomber"
        "|non laisse tomber|non laissez ca|non laisse ca|merci non|merci ca ira|non ca ira|non merci ca ira"
        "|sans moi|on laisse|on annule|pas la peine|pas besoin|plus besoin|change d avis|ne faites rien"
        "|ne fais rien|ne faites surtout pas|ne fais pas ca|n envoyez rien|ne faites pas|annulez tout|annule tout"
        "|jamais de la vie|annulez ca|annule ca|annulez cela|pas ca|pas celui la|oubliez ca|oublie ca|laissez ca"
        "|laisse ca|pas maintenant|pas aujourd hui|je refuse|ne le faites pas|ne le fais pas|ne faites pas ca"
        "|n accepte pas|pas d accord"
    ),
    "faitesle": (
        "oui c est moi|oui c est moi faites|c est moi faites|bien sur faites|bien sur faites le|bien sur allez y"
        "|oui bien sur|sans probleme faites|ok faites ca|c est bon faites|cest bon faites|oui c est ca|faites le"
        "|fais le|allez y|vas y|c est ca|faites ca|fais ca|oui faites|ok faites|svp faites|d accord faites"
        "|oui svp faites|oui vous pouvez|vous pouvez y aller|vous pouvez continuer|vous pouvez proceder"
        "|vous pouvez le faire|tu peux le faire|tu peux y aller|tu peux continuer|pouvez continuer|c est bien ca"
        "|cest bien ca|cest ca|c ca|oui confirmez|ok confirmez|bon confirmez|accord confirmez|oui confirme"
        "|fais le seulement|faites le seulement|faites seulement|fais seulement|allez y seulement|vas y seulement"
        "|oui allez|oui vas|procedez|procede|on y va|on continue|c est parti|cest parti|y a pas de probleme"
        "|faites comme ca|fais comme ca|faites donc|vas y fais le|allez y faites le|lancez vous|oui lancez"
        "|oui validez|je valide|validez|oui je valide"
    ),
    "howmuch": "quelle somme|quel montant",
    "engage": "m engage",
    "help": "que dois je faire|que dois je ecrire|dois je ecrire",
    "statement": (
        "ce que j ai paye|ce que j ai deja paye|montrez mes paiements|ce que j ai verse|ce que j ai deja verse"
        "|ce que nous avons paye|ce que nous avons verse|ce que nous avons deja paye|ce que jai paye"
        "|ce que jai deja paye|ce que jai verse|ce que g paye|ce qu on a paye|ce qu on a verse"
        "|ce qu on a deja paye|tout ce que j ai donne|tout ce que nous avons donne|ce que j ai envoye"
        "|ce que j ai depose|ce que j ai deja envoye"
    ),
    "push": (
        "sur mon momo|sur mon telephone|sur mon numero|envoyez la demande|envoie la demande"
        "|envoyez moi la demande|envoyez le prompt|envoyez moi le prompt|la requete momo|la demande momo"
        "|la demande de paiement"
    ),
    "wrong": "etait pour|au lieu de|c etait pour",
    "emprunter": (
        "prendre un pret|prendre un credit|contracter un pret|prendre pret|faire un pret|contracter un credit"
        "|en pret|comme pret|a credit|obtenir un pret|obtenir un credit|avoir un pret|avoir un credit|"
        + _each(
            "prendre|contracter|demander|avoir|obtenir|ajouter|reprendre|faire",
            "un|encore|encore un|un autre|un nouveau|un petit|un deuxieme|un second|le",
            "pret|credit|emprunt",
        )
        + "|depanner|depannez|depanne moi|depannez moi|avancez moi|avance moi|pretez moi|prete moi|pretez nous"
        "|avancer moi"
    ),
    "prets": (
        "ma demande de pret|ma demande de credit|notre demande de pret|notre demande de credit|suite de ma demande"
        "|ai emprunte|avais emprunte|avons emprunte|jai emprunte|g emprunte|mon emprunt|notre emprunt|cet emprunt"
        "|l emprunt|mes emprunts|nos emprunts|ai pris un pret|ai pris un credit|avais pris un pret"
        "|avais pris un credit"
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
        "manque un|manque une|manque des|manque le|manque la|manque son|manque sa|manque ses|manque de|manquer de"
        "|merci pour votre aide|merci de votre aide|merci pour l aide|merci pour ton aide|merci de ton aide"
        "|merci d aider|merci de nous aider|merci de m aider|a rembourser en|a rembourser sur|a rembourser dans"
        "|rembourser en|rembourser sur|a rendre en|a rendre dans|a rendre sur|remboursable en|remboursable sur"
        "|remboursables en|remboursables sur|remboursable dans|payable en|payable sur|payer en deux|payer en trois"
        "|en plusieurs fois|me reclame les|nous reclame les|me reclamez les|nous reclamez les|reclame les frais"
        "|reclament les frais|en arriere|de retour|est de retour|suis de retour|a la maison|plein de|prend soin"
        "|prendre soin|pris soin|prends soin|prenez soin|prenez place|prendre part|prend part|prenez note"
        "|prendre note|pris note|prendre rendez vous|prendre le bus|prendre l enfant|prendre les enfants"
        "|prendre mon fils|prendre ma fille|prendre mon enfant|prendre contact|met son|mettre son"
        "|mettre l uniforme|mettre en classe|tire au sort|coupe du monde|la coupe|coupe les cheveux"
        "|coupe de cheveux|le tirage|coupure|prends le bus|prendre les nouvelles|prendre des nouvelles|enlever son"
        "|enlevez lui|retirer l enfant|retirer mon enfant|retirer mon fils|retirer ma fille|retirer le bulletin"
        "|retirer son bulletin|retire son bulletin|retirer les bulletins|retirer le diplome|retirer les documents"
        "|retirer le dossier|dernier ne|premier ne|nouveau ne|est ne|ne sait pas ecrire|ne sait pas lire"
        "|sait pas ecrire|sait pas lire|ne peut pas lire|ne peut pas ecrire|de ne pas renvoyer|ne pas renvoyer"
        "|ne pas chasser|ne le renvoyez pas|ne la renvoyez pas|ne les renvoyez pas|ne renvoyez pas|ne chassez pas"
        "|ne le chassez pas|ne la chassez pas|comme promis|comme convenu|avais promis|avait promis|m a promis"
        "|a promis de venir|une partie de|une partie des|une partie du|une partie d|partie de ma|partie de mes"
        "|partie des frais|premiere partie|deuxieme partie|en partie|le reste on|le reste viendra|le reste apres"
        "|le reste suivra|le reste plus tard|le reste bientot|le reste je|le reste la semaine|le reste a la fin"
        "|reste a venir|et si vous|et si dieu|et si possible|et si c est possible|et si ca|si cela est possible"
        "|si c est possible|si vous voulez|si vous le voulez|si vous pouvez|si possible|le pays|mon pays|ce pays"
        "|notre pays|au pays|du pays|les pays|est arrive quelque chose|arrive a l heure|arrive en retard"
        "|arriverons|qu il arrive|qu elle arrive|arrive en classe|"
        + _each("m|nous|t|l|les|vous|lui", "a|ont|avez|as|aide|aident", "beaucoup|bien|deja|", "aide|aidee|aides")
        + "|votre fils aide|m aide|nous aide|l aide de|l aide d|avec l aide|grace a l aide|dieu aide|dieu nous aide"
        "|que dieu vous aide|dieu vous aide|tu me manques|vous me manquez|tu nous manques|vous nous manquez"
        "|me manque beaucoup|nous manque beaucoup|est parti a|est partie a|suis parti|suis partie|est parti en"
        "|est partie en|est parti pour|parti au|partie au|parti en|partie en|qui viendra|tombe malade"
        "|tombee malade|tombes malades|tombe en panne|nuit tombe|est tombe de|est tombee de|est tombe dans"
        "|est tombee dans|tombe par terre|dieu voit|vous garde|te garde|nous garde|la garde|le garde|de garde"
        "|garde la foi|rendre service|rendu service|rend service|rendez service|me rendre a|se rendre a"
        "|se rendre au|me rendre au|je me rends|me suis rendu|me suis rendue|recevez mes|recevez nos"
        "|veuillez recevoir|recevez l expression|recevez monsieur|recevez madame|recevez cher|a la liste d attente"
        "|dieu a envoye|seigneur a envoye|si dieu le veut|si dieu veut|s il plait a dieu|respect que je vous dois"
        "|que je vous dois tout|vous devez savoir|vous devez comprendre|doit venir|doit rester|doit passer"
        "|doit prendre|doit aller a|doit partir|doit dormir|dois partir|dois aller|dois venir|dois passer"
        "|dois prendre|dois rentrer|je reste|nous restons|restons en contact|reste en contact|reste sans voix"
        "|reste benie|reste beni|mille excuses|mille mercis|mille merci|mille fois merci|mille pardons|mille fois"
        "|cent fois|j arrive|nous arrivons|on arrive|vous arrivez|j arriverai|nous arriverons|bien arrive a la"
        "|arrive a la maison|suis arrive|suis bien arrive|sommes arrives|sommes bien arrives"
    ),
    "remboursement": (
        "me le retourner|me les retourner|me la retourner|me le rendre|me les rendre|me la rendre|me le rembourser"
        "|me les rembourser|me la rembourser|me le renvoyer|me les renvoyer|nous le rendre|nous les rendre"
        "|retournez le moi|retournez les moi|rendez le moi|rendez les moi|renvoyez le moi|reclame les|reclame mes"
        "|reclamer les|reclamer mes|reclame la somme|reclame mon du|faire retourner|faire rembourser"
        "|me faire rembourser|etre rembourse|etre remboursee|soit rembourse|soit remboursee|soit rendu"
        "|soit retourne|rendez nous|veux mon argent|voudrais mon argent|rendez l argent|mon argent en retour"
        "|besoin de mon argent|recuperer mon argent|rendre mon argent|reclame mon argent|reclamer mon argent"
        "|retourner mon argent|retournez mon argent|retournez moi|renvoyez|paye deux fois|envoye deux fois"
        "|verse deux fois|annulez mon paiement|annuler mon paiement|annulez le paiement|annuler le paiement"
        "|de trop|en trop|trop verse|trop paye|trop percu|trop envoye|verse trop|paye trop|envoye trop|surplus"
        "|excedent|"
        + _each(
            "rendez|rends|rendre|retournez|retourne|retourner|ramenez|ramene|restituez|restituer|redonnez|redonner"
            "|reversez|reverser",
            "|moi|nous|me",
            "mon argent|l argent|mes sous|mes|notre argent|le surplus|la difference|la somme|le montant|cet argent",
        )
        + "|"
        + _each(
            "remettez|remettre|renvoyez|renvoyer|renvoie|remets",
            "|moi|nous",
            "mon argent|l argent|mes sous|notre argent|le surplus|la difference|cet argent",
        )
        + "|"
        + _each(
            "me|nous",
            "retourner|rembourser|restituer|redonner|reverser|rendre les|rendre mes|remettre mes|renvoyer mes",
        )
        + "|me rembourse|nous rembourse|me rende|nous rende|me rendiez|me remboursiez|me retourne mes"
        "|me retourne les|me retourne mon|veux mes sous|reveux mon argent|veux recuperer|paye 2 fois"
        "|payer deux fois|regle deux fois|transfere deux fois|depose deux fois|deux fois par erreur|renvoyez les"
        "|renvoyez moi|renvoyez l argent|renvoyer mon argent"
    ),
    "travail": (
        "aidez mon fils|aidez ma fille|aider mon fils|aider ma fille|aidez mon enfant|rendez vous|rendre visite"
        "|rendez visite"
    ),
    "obtenu": (
        "faut combien de|combien de cahiers|combien de livres|combien faut il de|combien il faut de|ai recu"
        "|ai bien recu|avons recu|avons bien recu|jai recu|g recu|ai deja recu|viens de recevoir|avons deja recu"
        "|avoir recu|eu combien|eu combien en francais|eu combien en anglais|eu combien en maths"
        "|eu combien en math|aura combien|obtenu combien|combien en maths|combien en math|combien en francais"
        "|combien en anglais|combien de points|combien de pour|combien d eleves|combien de jours|combien de temps"
        "|combien d heures|combien coute|coute combien|coutent combien|combien coutent|combien de pages"
        "|combien d enfants|combien de fois|combien de cahiers|c est quel prix|cours de francais|prof de francais"
        "|professeur de francais|livre de francais|devoir de francais|examen de francais|note en francais"
        "|notes en francais|points en francais|note de francais|cours d anglais|prof d anglais"
        "|professeur d anglais|livre d anglais|devoir d anglais|note en anglais|points en anglais"
        "|bulletin du trimestre|points du trimestre|notes du trimestre|examens du trimestre|resultats du trimestre"
        "|debut du trimestre|fin du trimestre|rentree du trimestre|fin de trimestre|debut de trimestre"
        "|bien travaille ce trimestre|travaille ce trimestre"
    ),
    "authentique": (
        "vient de chez vous|vient vraiment de chez vous|vient bien de chez vous|est de chez vous"
        "|vraiment de chez vous|bien de chez vous|vient de vous|vient vraiment de vous|emane de|fabrique|fabriquee"
        "|vient de votre|bon ou pas|bonne ou pas|bon ou faux|bonne ou fausse|est correct ou|en regle ou"
        "|est une vraie|est un vrai|jai un doute|j ai un doute|je doute"
    ),
    "argentparti": _each(
        "argent|montant|somme|sous", "debite|preleve|retire|coupe|enleve|debitee|prelevee|retiree|debites|preleves"
    ),
    "patienter": (
        "je passe avec|nous passons avec|on passe avec|je passerai avec|je me presente avec|je reviens avec"
        "|je reviendrai avec|ma parole|parole d honneur|je jure|je le jure|je vous jure|je te jure|sans faute"
        "|vous aurez|tu auras|aurez vos|aurez votre|vous recevrez|tu recevras|serai la avec|viens avec"
        "|viendrai avec|viendrons avec|viendra avec|passerai avec|c est sur|comptez sur|compte sur moi"
        "|donnez moi un delai|accordez moi|un delai|encore un peu de temps"
        "|un peu de temps|vous aurez vos|tu auras tes|je ferai un effort"
    ),
    "solde": (
        "la situation de|situation des frais|situation de l eleve|situation de mon enfant|situation financiere"
        "|situation de compte|situation du compte|situation de mon compte|mon compte est a combien"
        "|compte est a combien|je suis a combien|on est a combien|nous sommes a combien|suis a combien|en est on"
        "|on en est ou|ou en suis je|ou j en suis|ou nous en sommes|ou en sommes nous|ouest en suis je"
        "|ouest j en suis|ouest nous en sommes|ouest en sommes nous|si j ai fini de payer|si j ai tout paye"
    ),
    "payez": _each(
        "besoin|envie|decide|prevu|l intention|pret|prete|oblige",
        "de|a|d",
        "payer|regler|verser|solder|envoyer|m acquitter",
    ),
    "verser": (
        "je vous rembourse|je te rembourse|nous remboursons|on rembourse|nous vous remboursons"
        "|je vous envoie de quoi payer|laissez moi envoyer|laisse moi envoyer|veux envoyer|voudrais envoyer"
        "|souhaite envoyer|laissez moi verser|je verse|je regle|je depose|je transfere|on verse|nous versons"
        "|je vous verse|je vous regle|je vous paie|je vous paye|je t envoie|je vous envoi|vous envoi"
        "|je vous remets|je rembourse|nous reglons|nous deposons|nous transferons|on regle|on depose|on vous paye"
        "|on vous paie|on vous verse|m acquitte|m acquitte de|m acquitte donc de|nous acquittons de|je m acquitte"
        "|je solde|nous soldons|je vire|je cloture|je liquide|voudrais envoyer|aimerais envoyer|voudrais verser"
        "|permettez moi de payer|permettez moi de verser"
    ),
    "solder": (
        "on solde|nous soldons|je vide|vider ma dette|veux finir|voudrais finir|souhaite finir|veux terminer"
        "|voudrais terminer|veux cloturer|voudrais cloturer|veux liquider|voudrais liquider|je termine ma"
        "|je finis ma"
    ),
    "transferer": (
        "transfert du paiement|transfert de paiement|transfert de mon paiement|transfert vers|virer le paiement"
        "|bouger le paiement|glisser le paiement|deplacement du paiement|faites glisser|faites passer"
    ),
    "cotise": (
        "je donne|nous donnons|on donne|je vous donne|je remets|nous remettons|j ajoute|nous ajoutons|je mets"
        "|nous mettons|on met|je complete|nous completons|je t apporte|je vous apporte|j avance|nous avancons"
        "|on avance|voudrais avancer|veux avancer|souhaite avancer|aimerais avancer|veux mettre|voudrais mettre"
        "|souhaite mettre|veux donner|voudrais donner|souhaite donner|veux ajouter|voudrais ajouter"
        "|souhaite ajouter|veux completer|voudrais completer|fais glisser"
    ),
    "savoir": (
        "savoir si je|savoir si j|savoir si j ai|savoir si|voir si je|voir si j ai|verifier si je"
        "|verifier si j ai|verifiez si"
    ),
    "erreur": (
        "c etait pas pour|n etait pas pour|etait pas pour|doit etre mis|devait etre mis|doit etre affecte"
        "|doit etre transfere|doit etre transferee|doit etre deplace|devait etre sur|est pour|etait destine a"
        "|etait destine|n est pas pour|mal affecte|mal impute|mauvais compte|mauvais enfant|mauvais eleve"
        "|mauvais matricule|mauvais numero|me suis trompe|me suis trompee|s est trompe|s est trompee"
        "|me suis gourre|nous nous sommes trompes|ai fait erreur|ai fait une erreur|doit aller sur|devait aller"
        "|doit aller|devrait aller|doit etre sur|devait etre|aurait du|devrait etre"
    ),
    "salaire": (
        "la paie|ma paie|la paye|ma paye|jour de paie|de paie|la paie est tombee|ma paie est tombee|jour de paye|"
        + _each(
            "salaire|pension|prime|paie|paye|bourse|pluie|neige|recolte|temps|courant|reseau|tontine|enfant|fils|fille"
            "|mari|femme",
            "est|sont|a",
            "tombe|tombee|arrive|arrivee|rentre|rentree|passe|passee|venu|venue|vire|verse|versee|paye|payee|parti"
            "|partie|coupe|sorti|sortie",
        )
        + "|"
        + _each(
            "m|nous|t|me|lui",
            "a|ont|avait|aurait|avaient",
            "|enfin|deja|bien|encore",
            "paye|payee|payes|regle|verse|envoye|envoyee|transfere|avance|donne|remis|prete|depose",
        )
        + "|me paie|me paye|nous paie|nous paye|me paient|me payent|on me paie|me regle|nous regle|me verse"
        "|nous verse|me doit|me doivent|nous doit|nous doivent|vont me payer|va me payer|va nous payer"
        "|vont nous payer|etre paye|etre payee|serai paye|serai payee|suis paye|suis payee|sommes payes"
        "|pas encore payee|pas encore payes"
    ),
}
"""Several words that say one thing, by the one word that says it (of any language)."""
_VERB = (
    "(?:pai|pay|honor|clotur|liquid|cotis|regl|vers|apport|depos|transfer|rembours|acquitt|sold|complet|effectu|amen)"
)
STEMS: tuple[tuple[str, Sign], ...] = (
    (f"(?:{_VERB}er|enverr)(?:ai|ais|a|ons|ont)", Sign.WILL_PAY),
    ("(?:debit|prelev|encaiss|ponctionn)(?:er|ez|ons|e)", Sign.SETTLE),
    ("(?:donner|remettr|mettr|ajouter|finir|terminer|avancer|virer|ramener)(?:ai|ons)", Sign.WAIT),
)
"""Verbs say when within the word."""
PASSING = """
    doit     envoye envoyes enverrai enverrons apporterai rendre rendez rendu recuperer liste historique reste
    restent restant partie parti sorti disparu arrive arrivee arrives depose deposer transferer
"""
"""Words that tell their wish only beside money, or where little else is said."""
