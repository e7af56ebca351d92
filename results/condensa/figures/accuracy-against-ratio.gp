# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[19]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,749 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,240 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,6.34cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.11798,0.95584 to screen 0.16060,0.95584 nohead ls 1
set label '' at screen 0.13929,0.95584 point ls 201
set label words[1] at screen 0.16912,0.95584 left tc rgb '#0072B2'
set arrow from screen 0.24016,0.95584 to screen 0.28278,0.95584 nohead ls 2
set label '' at screen 0.26147,0.95584 point ls 202
set label words[2] at screen 0.29130,0.95584 left tc rgb '#B04A00'
set arrow from screen 0.38151,0.95584 to screen 0.42412,0.95584 nohead ls 3
set label '' at screen 0.40281,0.95584 point ls 203
set label words[3] at screen 0.43264,0.95584 left tc rgb '#007A5A'
set arrow from screen 0.57498,0.95584 to screen 0.61759,0.95584 nohead ls 4
set label '' at screen 0.59629,0.95584 point ls 204
set label words[4] at screen 0.62612,0.95584 left tc rgb '#A8527F'
set arrow from screen 0.70784,0.95584 to screen 0.75045,0.95584 nohead ls 5
set label '' at screen 0.72915,0.95584 point ls 205
set label words[5] at screen 0.75898,0.95584 left tc rgb '#2A7FAE'
set lmargin at screen 0.07639
set rmargin at screen 0.47727
set bmargin at screen 0.16562
set tmargin at screen 0.81703
set logscale x
set xrange [0.7603148402427665:315.6001386094472]
set xtics ('1' 1, '10' 10, '100' 100, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 200 1, '' 300 1)
set xlabel words[6] offset 0,0.35
unset logscale y
set yrange [10.407540057187289:100]
set ytics ('20' 20, '40' 40, '60' 60, '80' 80, '100' 100)
set label 1001 words[7] at screen 0.07639,0.86435 left
set label 1002 words[8] at screen 0.01705,0.49132 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,10.407540057187289,100),10.407540057187289,100)):(0):(inside($4,10.407540057187289,100)-inside($3,10.407540057187289,100)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,10.407540057187289,100),10.407540057187289,100)):(0):(inside($4,10.407540057187289,100)-inside($3,10.407540057187289,100)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,10.407540057187289,100),10.407540057187289,100)):(0):(inside($4,10.407540057187289,100)-inside($3,10.407540057187289,100)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,10.407540057187289,100),10.407540057187289,100)):(0):(inside($4,10.407540057187289,100)-inside($3,10.407540057187289,100)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside(bar($3,$4,10.407540057187289,100),10.407540057187289,100)):(0):(inside($4,10.407540057187289,100)-inside($3,10.407540057187289,100)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle
unset label 1001
unset label 1002
unset label
unset arrow
set lmargin at screen 0.54430
set rmargin at screen 0.97727
set bmargin at screen 0.16562
set tmargin at screen 0.81703
set logscale x
set xrange [0.7603148402427665:315.6001386094472]
set xtics ('1' 1, '10' 10, '100' 100, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 200 1, '' 300 1)
set xlabel words[6] offset 0,0.35
unset logscale y
set yrange [2.503035814958406:95.95991846663955]
set ytics ('20' 20, '40' 40, '60' 60, '80' 80)
set label 1001 words[9] at screen 0.54430,0.86435 left
plot stem.'.dat' index 6 using 1:(inside(bar($3,$4,2.503035814958406,95.95991846663955),2.503035814958406,95.95991846663955)):(0):(inside($4,2.503035814958406,95.95991846663955)-inside($3,2.503035814958406,95.95991846663955)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 7 using 1:(inside(bar($3,$4,2.503035814958406,95.95991846663955),2.503035814958406,95.95991846663955)):(0):(inside($4,2.503035814958406,95.95991846663955)-inside($3,2.503035814958406,95.95991846663955)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 8 using 1:(inside(bar($3,$4,2.503035814958406,95.95991846663955),2.503035814958406,95.95991846663955)):(0):(inside($4,2.503035814958406,95.95991846663955)-inside($3,2.503035814958406,95.95991846663955)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 9 using 1:(inside(bar($3,$4,2.503035814958406,95.95991846663955),2.503035814958406,95.95991846663955)):(0):(inside($4,2.503035814958406,95.95991846663955)-inside($3,2.503035814958406,95.95991846663955)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 10 using 1:(inside(bar($3,$4,2.503035814958406,95.95991846663955),2.503035814958406,95.95991846663955)):(0):(inside($4,2.503035814958406,95.95991846663955)-inside($3,2.503035814958406,95.95991846663955)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 7 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 8 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 9 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 10 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 7 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 8 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 9 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 10 using 1:2 with points ls 205 notitle
unset label 1001
unset multiplot
unset output
}
